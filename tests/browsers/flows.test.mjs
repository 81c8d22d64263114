// What a person does at the page besides talking, in Chromium and in Firefox, with somebody else in
// the house who speaks the protocol without the page.
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
  // Firefox needs a sound card.
  sound = await startSound(["flows"]);
  hearth = await startHearth({ "limits.enabled": false });
  witness = await startChromium({ hz: 900, environment: sound.environment("flows") });
  await witness.page.goto(`${hearth.url}/api/health`);
  await becomeCaller(witness.page);
  await witness.page.evaluate(() => caller.hello("Bo"));
  await witness.page.evaluate(() => caller.talk("general"));
});

after(async () => {
  await witness?.close();
  await hearth?.stop();
  await sound?.stop();
});

for (const [kind, start] of Object.entries({ Chromium: startChromium, Firefox: startFirefox })) {
  describe(kind, () => {
    let browser;
    let page;
    let ana;

    const hash = () => page.evaluate(() => location.hash);
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
    const key = (name) => page.keyboard.press(name);
    async function palette(text) {
      await page.keyboard.down("Control");
      await key("KeyK");
      await page.keyboard.up("Control");
      await ana.sees("textbox", "Find anything");
      await ana.types(text);
      await ana.sees("option", "");
      await key("Enter");
    }

    before(async () => {
      browser = await start({ hz: 500, environment: sound.environment("flows") });
      page = browser.page;
      ana = new Visitor(`Ana-${kind}`, page);
    });

    after(() => browser?.close());

    test("an invitation leads into its room, by keyboard alone", async () => {
      await page.goto(`${hearth.url}/#/r/music`);
      const name = await ana.sees("textbox", "Your name");
      await ana.reads("You are going to Music");
      await name.focus();
      await ana.types(ana.name);
      await key("Enter");
      await ana.sees("button", "Mute");
      await ana.sees("heading", "Music");
      assert.equal(await focused(), "Music");
    });

    test("Ctrl+K finds a room, a person and a command", async () => {
      await palette("gam");
      await ana.sees("heading", "Gaming");
      assert.equal(await hash(), "#/r/gaming");
      // Somebody elsewhere: into their room.
      await palette("bo");
      await ana.sees("heading", "General");
      await ana.sees("button", "Bo, speaking");
      // Somebody here: their sheet, which gives the focus back.
      await palette("bo");
      await ana.sees("slider", "Volume, only for you");
      await key("Escape");
      await ana.seesNo("slider", "Volume, only for you");
      await palette("mute my");
      await ana.reads("Muted. Nothing is sent.");
      await key("KeyM");
      await ana.sees("status", "Microphone on");
    });

    test("coming and going, mute and deafen are said once and politely", async () => {
      await key("KeyD");
      await ana.sees("status", "Deafened");
      await key("KeyD");
      await ana.sees("status", "You hear the room again");
    });

    test("every key that works stands in the list of shortcuts", async () => {
      await ana.press("button", "Voice and sound settings");
      await ana.press("button", "Shortcuts");
      const keys = await page.evaluate(() =>
        Array.from(document.querySelectorAll(".keys kbd"), (key) => key.textContent),
      );
      assert.deepEqual(keys, ["M", "D", "Ctrl K", "↑", "Esc"]);
      await ana.press("button", "Close settings");
    });

    test("the system knows the room, and the mini panel shows it", async () => {
      const told = () => page.evaluate(() => navigator.mediaSession.metadata?.title);
      assert.equal(await told(), "General");
      if (!(await page.evaluate(() => "documentPictureInPicture" in window))) return;
      const mini = (look) => page.evaluate(look);
      await ana.press("button", "Mini panel");
      await ana.becomes(
        () => mini(() => documentPictureInPicture.window?.document.body.innerText),
        /Bo/,
      );
      await mini(() =>
        documentPictureInPicture.window.document.querySelector("button.ctl").click(),
      );
      await ana.reads("Muted. Nothing is sent.");
      await mini(() =>
        documentPictureInPicture.window.document.querySelector("button.ctl").click(),
      );
      await ana.press("button", "Mini panel");
      await ana.becomes(() => mini(() => String(documentPictureInPicture.window)), /null/);
    });

    test("the page speaks another language at once, and goes on talking", async () => {
      const line = () => page.evaluate(() => window.hearth.call.connection);
      await ana.becomes(line, /^connected$/);
      await ana.press("button", "Voice and sound settings");
      await ana.press("button", "Look");
      await ana.choose("Language", "de");
      await ana.sees("heading", "Einstellungen");
      await ana.press("button", "Einstellungen schließen");
      await ana.sees("button", "Stumm");
      assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
      assert.equal(await line(), "connected");
      await ana.press("button", "Einstellungen für Stimme und Ton");
      await ana.press("button", "Aussehen");
      await ana.choose("Sprache", "system");
      await ana.press("button", "Close settings");
      await ana.sees("button", "Mute");
    });

    test("whoever finds a room full is let in when somebody leaves", async () => {
      const room = `Niche ${kind}`;
      const ask = (message) => witness.page.evaluate((message) => caller.ask(message), message);
      const made = await ask({ type: "room:create", name: room, icon: "🪴", max_participants: 1 });
      await ask({ type: "room:join", room: made.room.id, with_voice: true });
      await ana.press("link", room);
      await ana.sees("heading", `${room} is full (1 of 1)`);
      await ask({ type: "room:join", room: "general", with_voice: true });
      await ana.seesNo("heading", `${room} is full`);
      await ana.sees("heading", room);
      await ana.press("link", "General");
      await ana.sees("heading", "General");
    });

    test("leaving leads back to the rooms", async () => {
      await ana.press("button", "Leave voice");
      await ana.sees("link", "General, 1 inside");
      assert.equal(await hash(), "#/");
    });
  });
}
