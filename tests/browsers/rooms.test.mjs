// Keeping a room, in both browsers, with somebody else who speaks the protocol without the page:
// all that a room can be, roles, what a moderator takes and gives back, moving, bans, and the end.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { becomeCaller } from "./caller.mjs";
import { startChromium } from "./chromium.mjs";
import { startFirefox } from "./firefox.mjs";
import { startHearth } from "./program.mjs";
import { startSound } from "./sound.mjs";
import { Visitor } from "./visitor.mjs";

let hearth;
let sound;
let witness;

before(async () => {
  sound = await startSound(["rooms"]);
  hearth = await startHearth({ "limits.enabled": false });
  witness = await startChromium({ hz: 900, environment: sound.environment("rooms") });
  await witness.page.goto(`${hearth.url}/api/health`);
  await becomeCaller(witness.page);
  await witness.page.evaluate(() => caller.hello("Bo"));
});

after(async () => {
  await witness?.close();
  await hearth?.stop();
  await sound?.stop();
});

const ask = (message) => witness.page.evaluate((message) => caller.ask(message), message);
const happened = (wanted) => witness.page.evaluate((wanted) => caller.happened(wanted), wanted);

for (const [kind, start] of Object.entries({ Chromium: startChromium, Firefox: startFirefox })) {
  describe(kind, () => {
    const nook = `nook-${kind.toLowerCase()}`;
    const theirs = `theirs-${kind.toLowerCase()}`;
    let browser;
    let page;
    let ana;

    const inList = async (id) =>
      (await ask({ type: "room:list" })).rooms.find((it) => it.id === id);

    before(async () => {
      browser = await start({ hz: 500, environment: sound.environment("rooms") });
      page = browser.page;
      ana = new Visitor(`Ana-${kind}`, page);
      await page.goto(`${hearth.url}/`);
      await ana.fill("Your name", ana.name);
      await ana.press("button", "Join with microphone");
      await ana.sees("link", "General");
    });

    after(() => browser?.close());

    test("a room is opened with a topic, a limit and a password, and in no list", async () => {
      await ana.press("button", "Open a new room");
      await ana.fill("Name", nook);
      await ana.fill("Topic", "Reading aloud");
      await ana.fill("At most", "5");
      await ana.press("switch", "Ask for a password");
      await ana.press("switch", "Hide from the list");
      await ana.press("button", "Open the room");
      await ana.sees("alert", "A locked room needs a password.");
      await ana.fill("Password", "sesame");
      await ana.press("button", "Open the room");
      await ana.sees("heading", nook);
      await ana.reads("Reading aloud");
      assert.equal(await inList(nook), undefined);
      await assert.rejects(ask({ type: "room:join", room: nook }), /wrong_password/);
      const { snapshot } = await ask({ type: "room:join", room: nook, password: "sesame" });
      const { topic, max_participants, locked, hidden } = snapshot.room;
      assert.deepEqual(
        { topic, max_participants, locked, hidden },
        { topic: "Reading aloud", max_participants: 5, locked: true, hidden: true },
      );
    });

    test("its owner changes what it is, and everybody sees it", async () => {
      await ana.press("button", "Edit the room");
      await ana.sees("heading", `Edit ${nook}`);
      await ana.fill("Name", `Library ${kind}`);
      await ana.press("button", "Icon 📚");
      await ana.fill("Topic", "Quiet, please");
      await ana.fill("At most", "7");
      await ana.press("switch", "Ask for a password");
      await ana.press("switch", "Hide from the list");
      await ana.press("button", "Save");
      await ana.sees("heading", `Library ${kind}`);
      await ana.becomes(async () => JSON.stringify(await inList(nook)), /Library/);
      const { name, icon, topic, max_participants, locked, hidden } = await inList(nook);
      assert.deepEqual(
        { name, icon, topic, max_participants, locked, hidden },
        {
          name: `Library ${kind}`,
          icon: "📚",
          topic: "Quiet, please",
          max_participants: 7,
          locked: undefined,
          hidden: undefined,
        },
      );
    });

    test("a role is given, shown and taken back", async () => {
      await ana.press("button", "Bo, coming in");
      await ana.press("button", "Make moderator");
      await happened({ type: "room:role", room: nook, role: "moderator" });
      await ana.reads("coming in, moderator");
      await ana.press("button", "No longer a moderator");
      await happened({ type: "room:role", room: nook, role: "member" });
      await page.keyboard.press("Escape");
    });

    test("somebody is moved to another room", async () => {
      await ana.press("button", "Bo, coming in");
      await ana.press("button", "Move to another room");
      await ana.press("button", "Move to Music");
      const { snapshot } = await happened({ type: "room:moved", by: ana.name });
      assert.equal(snapshot.room.id, "music");
      await ana.reads(`${ana.name} moved Bo to another room`);
      await ana.seesNo("button", "Bo, ");
      assert.equal(await page.evaluate(() => document.querySelector("dialog[open]")), null);
    });

    test("a ban has a reason and a time, stands in a list, and is lifted there", async () => {
      await ask({ type: "room:join", room: nook });
      await ana.press("button", "Bo, coming in");
      await ana.press("button", "Ban…");
      await ana.fill("Why", "Shouting");
      await ana.press("radio", "A day");
      await page.keyboard.press("Enter");
      const sent = await happened({ type: "room:sent_out", room: nook, why: "banned" });
      assert.equal(sent.reason, "Shouting");
      assert.ok(sent.until_ms > Date.now() + 80_000_000);
      await assert.rejects(ask({ type: "room:join", room: nook }), /banned/);
      await ana.press("button", "Edit the room");
      await ana.press("button", "Banned people");
      await ana.reads("“Shouting”");
      await ana.press("button", "Let in again: Bo");
      await ana.reads("Nobody is banned here.");
      await page.keyboard.press("Escape");
      await ask({ type: "room:join", room: nook });
    });

    test("the room's end is asked for twice, and tells those inside", async () => {
      await ana.press("button", "Edit the room");
      await ana.press("button", "Delete the room");
      await ana.press("button", "Keep it");
      await ana.sees("button", "Bo, coming in");
      await ana.press("button", "Edit the room");
      await ana.press("button", "Delete the room");
      await ana.press("button", "Delete for good");
      await happened({ type: "room:sent_out", room: nook, why: "deleted" });
      await ana.sees("alert", `Library ${kind} was closed by its owner.`);
      await ana.seesNo("link", `Library ${kind}`);
    });

    test("whose voice and hearing a moderator takes is told so, and so are the others", async () => {
      await ask({ type: "room:create", name: theirs, icon: "🪴" });
      await ask({ type: "room:join", room: theirs });
      await ana.press("link", theirs);
      await ana.sees("button", "You, ");
      const { snapshot } = await ask({ type: "room:join", room: theirs });
      const { number } = snapshot.room.participants.find(({ name }) => name === ana.name);
      await ask({ type: "room:mute", number, muted: true });
      await ana.sees("alert", "A moderator muted you here.");
      await ana.sees("button", "You, muted by a moderator");
      await ask({ type: "room:deafen", number, deafened: true });
      await ana.sees("alert", "A moderator deafened you here.");
      await ana.sees("button", "You, deafened by a moderator");
      await ask({ type: "room:mute", number, muted: false });
      await ask({ type: "room:deafen", number, deafened: false });
      await ana.seesNo("alert", "A moderator");
      await ana.sees("button", "You, ");
      await ana.seesNo("button", "Edit the room");
    });
  });
}
