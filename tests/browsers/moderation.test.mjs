// Those who keep order in a room, and those who are sent out of it, in both browsers, with somebody
// else who speaks the protocol without the page.
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
  sound = await startSound(["moderation"]);
  hearth = await startHearth({ "limits.enabled": false });
  witness = await startChromium({ hz: 900, environment: sound.environment("moderation") });
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
    const locked = `locked-${kind.toLowerCase()}`;
    const own = `own-${kind.toLowerCase()}`;
    let browser;
    let page;
    let ana;

    before(async () => {
      browser = await start({ hz: 500, environment: sound.environment("moderation") });
      page = browser.page;
      ana = new Visitor(`Ana-${kind}`, page);
      await ask({ type: "room:create", name: locked, icon: "🪴", password: "sesame seeds" });
      await ask({ type: "room:join", room: locked });
      await page.goto(`${hearth.url}/`);
      await ana.fill("Your name", ana.name);
      await ana.press("button", "Just listen");
      await ana.sees("link", "General");
    });

    after(() => browser?.close());

    const hash = () => page.evaluate(() => location.hash);
    /** Follows an invitation, as whoever opens the page anew. */
    async function follow(room) {
      await page.goto(`${hearth.url}/#/r/${room}`);
      await page.reload();
      await ana.reads("You are going to");
      await ana.press("button", "Just listen");
    }

    test("a locked room asks for its password, and opens to it", async () => {
      await ana.press("link", locked);
      await ana.sees("heading", `${locked} is locked`);
      await ana.types("wrong");
      await page.keyboard.press("Enter");
      await ana.sees("alert", "That is not the password.");
      await (await ana.sees("textbox", "Password")).evaluate((field) => field.select());
      await ana.types("sesame seeds");
      await page.keyboard.press("Enter");
      await ana.seesNo("heading", `${locked} is locked`);
      await ana.sees("heading", locked);
    });

    test("whoever is sent out is told by whom and why", async () => {
      const { snapshot } = await ask({ type: "room:join", room: locked });
      const { number } = snapshot.room.participants.find(({ name }) => name === ana.name);
      await ask({ type: "room:kick", number, reason: "Please calm down" });
      await ana.sees(
        "alert",
        `Bo sent you out of ${locked}. You may come back. “Please calm down”`,
      );
      await ana.sees("link", "General");
    });

    test("an owner takes somebody's voice, and sends them out", async () => {
      await ana.press("button", "Open a new room");
      await ana.fill("Name", own);
      await ana.press("button", "Open the room");
      await ana.sees("heading", own);
      await ask({ type: "room:join", room: own });
      await ana.press("button", "Bo, coming in");
      const mute = await ana.sees("button", "Mute for everyone");
      await mute.click();
      await ana.becomes(() => mute.evaluate((button) => button.ariaPressed), /true/);
      await ana.press("button", "Send out");
      await happened({ type: "room:sent_out", room: own, why: "kicked" });
      assert.equal(await page.evaluate(() => document.querySelector("dialog[open]")), null);
    });

    test("an invitation to a locked room that is in no list leads to its door, and is not lost", async () => {
      const secret = `secret-${kind.toLowerCase()}`;
      await ask({ type: "room:create", name: secret, icon: "🗝️", password: "sesame", hidden: true });
      await ana.press("button", "Leave voice");
      await follow(secret);
      await ana.sees("heading", `${secret} is locked`);
      await page.keyboard.press("Escape");
      await ana.seesNo("heading", `${secret} is locked`);
      assert.equal(await hash(), `#/r/${secret}`);
      await follow(secret);
      await ana.sees("heading", `${secret} is locked`);
      await ana.types("sesame");
      await page.keyboard.press("Enter");
      await ana.sees("heading", secret);
      await ana.sees("button", "Use microphone");
      assert.equal(await hash(), `#/r/${secret}`);
    });

    test("an invitation to a room that is full waits at its door", async () => {
      const small = `small-${kind.toLowerCase()}`;
      await ask({ type: "room:create", name: small, icon: "🪑", max_participants: 1 });
      await ask({ type: "room:join", room: small });
      await ana.press("button", "Leave voice");
      await follow(small);
      await ana.sees("heading", `${small} is full (1 of 1)`);
      assert.equal(await hash(), `#/r/${small}`);
      await ask({ type: "room:leave" });
      await ana.sees("button", "Leave voice");
      await ana.seesNo("heading", `${small} is full`);
    });
  });
}
