// The whole of a visit by keyboard alone, in Chromium and in Firefox: in, talk, write, react, record,
// leave. After each step the focus is somewhere: a page that loses it sends people back to its top.
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
  sound = await startSound(["keyboard"]);
  hearth = await startHearth({ "limits.enabled": false });
  witness = await startChromium({ hz: 900, environment: sound.environment("keyboard") });
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

    const key = async (name) => {
      await page.keyboard.press(name);
      await ana.stands();
    };
    /** How many voices Bo is sent. */
    const voices = () => witness.page.evaluate(() => new Set(caller.talkers()).size);
    /** What Bo was told of the room, newest last. */
    const told = async () =>
      JSON.stringify(
        await witness.page.evaluate(() =>
          caller.events.filter(({ type }) => type === "chat:entry").map(({ entry }) => entry),
        ),
      );

    before(async () => {
      browser = await start({ hz: 500, environment: sound.environment("keyboard") });
      page = browser.page;
      ana = new Visitor(`Ana-${kind}`, page);
      await page.goto(hearth.url);
      await ana.sees("textbox", "Your name");
    });

    after(() => browser?.close());

    test("a whole visit without a mouse", async () => {
      // In, and into a room.
      await ana.reaches("textbox", "Your name");
      await ana.types(ana.name);
      await ana.reaches("button", "Join with microphone");
      await key("Enter");
      await ana.sees("link", "General");
      await ana.stands();
      await ana.reaches("link", "General");
      await key("Enter");
      await ana.sees("heading", "General");
      await ana.stands();
      await ana.becomes(voices, /1/);

      // Talks, and does not.
      await ana.reaches("button", "Mute");
      await key(" ");
      await ana.reads("Muted. Nothing is sent.");
      await ana.becomes(voices, /0/);
      await key(" ");
      await ana.becomes(voices, /1/);

      // Writes, and the focus stays where one writes.
      await ana.reaches("textbox", "Write to the room");
      await ana.types(`By hand in ${kind}`);
      await key("Enter");
      await ana.becomes(told, new RegExp(`By hand in ${kind}`));
      await ana.reaches("textbox", "Write to the room");

      // Reacts to a message, and is back at it.
      // No longer under way, but where it stays.
      const last = () =>
        page.evaluate(() => [...document.querySelectorAll("[data-seq]")].at(-1)?.textContent);
      await ana.becomes(last, new RegExp(`By hand in ${kind}`));
      await ana.reaches("log", "Messages in General");
      await key("ArrowUp");
      const at = () => page.evaluate(() => document.activeElement.textContent);
      assert.match(await at(), new RegExp(`By hand in ${kind}`));
      await ana.reaches("button", "React");
      await key("Enter");
      await ana.reaches("textbox", "Find an emoji");
      await ana.picks("🐯", "tiger");
      await ana.becomes(told, /"reacted"[^{]*🐯/u);
      await ana.seesNo("textbox", "Find an emoji");
      await ana.stands();

      // Records, listens and sends.
      await ana.reaches("button", "Record a voice message");
      await key("Enter");
      const length = () => page.evaluate(() => document.querySelector(".rec-t")?.textContent);
      await ana.becomes(length, /0:(0[1-9]|[1-5]\d)/);
      await ana.stands();
      await ana.reaches("button", "Listen first");
      await key("Enter");
      await ana.sees("button", "Play");
      await ana.stands();
      await ana.reaches("button", "Send voice message");
      await key("Enter");
      await ana.becomes(told, /"kind":"voice"/);
      await ana.seesNo("button", "Discard recording");
      await ana.stands();

      // Opens a person's sheet and the settings, and comes back to where one was.
      await ana.reaches("button", "Bo, speaking");
      await key("Enter");
      await ana.reaches("slider", "Volume, only for you");
      await key("Escape");
      await ana.reaches("button", "Bo, speaking");
      await ana.reaches("button", "Voice and sound settings");
      await key("Enter");
      await ana.sees("heading", "Settings");
      await ana.stands();
      await key("Escape");
      await ana.seesNo("heading", "Settings");
      await ana.stands();

      // Leaves, and stands among the rooms.
      await ana.reaches("button", "Leave voice");
      await key("Enter");
      await ana.seesNo("button", "Leave voice");
      await ana.stands();
      await ana.becomes(voices, /0/);
      await ana.reaches("link", "General");
    });
  });
}
