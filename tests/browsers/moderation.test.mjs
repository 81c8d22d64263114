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

    test("a reload leads back into a locked room, as long as its password is the same", async () => {
      const secret = `secret-${kind.toLowerCase()}`;
      await page.reload();
      await ana.sees("heading", secret);
      await ana.sees("button", "Use microphone");
      const lasting = await page.evaluate(() => JSON.stringify(localStorage));
      assert.ok(!lasting.includes("sesame"));
      await ask({ type: "room:edit", room: secret, password: "open" });
      await page.reload();
      await ana.sees("heading", `${secret} is locked`);
      await ana.types("open");
      await page.keyboard.press("Enter");
      await ana.sees("heading", secret);
      await ana.sees("button", "Use microphone");
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

    test("a room that is full and in no list is tried until there is a seat", async () => {
      const nook = `nook-${kind.toLowerCase()}`;
      const room = { name: nook, icon: "🛋️", max_participants: 1, hidden: true };
      await ask({ type: "room:create", ...room });
      await ask({ type: "room:join", room: nook });
      await ana.press("button", "Leave voice");
      await follow(nook);
      await ana.sees("heading", `${nook} is full`);
      await ana.reads("It is in no list");
      assert.equal(await hash(), `#/r/${nook}`);
      await ask({ type: "room:leave" });
      await ana.sees("heading", nook);
      await ana.sees("button", "Leave voice");
    });

    test("what was too much at once is counted down", async () => {
      const strict = await startHearth({
        "limits.passwords_per_minute": 1,
        "limits.chat_per_second": 1,
        "limits.chat_burst": 1,
      });
      try {
        const owner = await witness.another();
        await owner.goto(`${strict.url}/api/health`);
        await becomeCaller(owner);
        await owner.evaluate(async () => {
          await caller.hello("Cy");
          const room = { name: "vault", icon: "🔒", password: "sesame" };
          await caller.ask({ type: "room:create", ...room });
        });
        await ana.press("button", "Leave voice");
        await page.goto(strict.url);
        await ana.fill("Your name", ana.name);
        await ana.press("button", "Just listen");
        await ana.press("link", "vault");
        await ana.types("wrong");
        await page.keyboard.press("Enter");
        await ana.sees("alert", "That is not the password.");
        await page.keyboard.press("Enter");
        const said = () =>
          page.evaluate(() => document.querySelector("#door-trouble")?.innerText ?? "");
        await ana.becomes(said, /You can try again in \d+ s/);
        const left = async () => Number((await said()).match(/in (\d+) s/)[1]);
        const first = await left();
        await ana.becomes(async () => (await left()) < first, /true/);
        await page.keyboard.press("Escape");
        await ana.press("link", "General");
        await (await ana.sees("textbox", "Write to the room")).focus();
        for (const text of ["one", "two", "three", "four", "five"]) {
          await page.keyboard.type(text);
          await page.keyboard.press("Enter");
        }
        await ana.reads("That was a lot at once. You can write again in 1 s; your text is kept.");
        await owner.close();
      } finally {
        await strict.stop();
      }
    });

    test("a server that starts anew lets one back into a locked room", async () => {
      await page.goto(hearth.url);
      await ana.press("button", "Just listen");
      await ana.press("link", locked);
      await ana.types("sesame seeds");
      await page.keyboard.press("Enter");
      await ana.sees("heading", locked);
      await ana.sees("button", "Leave voice");
      await hearth.kill();
      await ana.sees("status", "Reconnecting", 40);
      const { address, folder } = hearth;
      hearth = await startHearth({ "limits.enabled": false, "server.listen": address }, folder);
      await ana.sees("status", "The server restarted.", 60);
      await ana.sees("heading", locked);
      await ana.seesNo("heading", `${locked} is locked`);
      await witness.page.reload();
      await becomeCaller(witness.page);
      await witness.page.evaluate(() => caller.hello("Bo"));
    });
  });
}
