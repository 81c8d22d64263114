// Finding what was written: by words, where, by whom and when, page after page, and going there;
// in both browsers, with two others who speak the protocol without the page.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { becomeCaller } from "./caller.mjs";
import { startChromium } from "./chromium.mjs";
import { startFirefox } from "./firefox.mjs";
import { startHearth } from "./program.mjs";
import { startSound } from "./sound.mjs";
import { Visitor } from "./visitor.mjs";

/** More than two pages of what is found. */
const ACORNS = 20;

let hearth;
let sound;
let witness;
const others = {};

before(async () => {
  sound = await startSound(["search"]);
  hearth = await startHearth({ "limits.enabled": false });
  witness = await startChromium({ hz: 900, environment: sound.environment("search") });
  for (const [name, room] of [
    ["Bo", "general"],
    ["Cy", "music"],
  ]) {
    others[name] = await witness.another();
    await others[name].goto(`${hearth.url}/api/health`);
    await becomeCaller(others[name]);
    await others[name].evaluate((name) => caller.hello(name), name);
    await others[name].evaluate((room) => caller.ask({ type: "room:join", room }), room);
  }
  for (let at = 1; at <= ACORNS; at++) await write("Bo", "general", `acorn number ${at}`);
  for (let at = 1; at <= 60; at++) await write("Bo", "general", `leaf number ${at}`);
  await write("Cy", "music", "acorn in a song");
});

after(async () => {
  await witness?.close();
  await hearth?.stop();
  await sound?.stop();
});

async function write(name, room, text) {
  const message = crypto.randomUUID().replaceAll("-", "");
  const ask = { type: "chat:send", conversation: { room }, message, text };
  await others[name].evaluate((ask) => caller.ask(ask), ask);
}

for (const [kind, start] of Object.entries({ Chromium: startChromium, Firefox: startFirefox })) {
  describe(kind, () => {
    let browser;
    let page;
    let ana;

    /** The messages that are found, as they are shown. */
    const found = () =>
      page.evaluate(() =>
        [...document.querySelectorAll('[role="option"] b')]
          .map((option) => option.textContent)
          .filter((text) => text.startsWith("acorn")),
      );
    const count = async () => (await found()).length;

    before(async () => {
      browser = await start({ hz: 500, environment: sound.environment("search") });
      page = browser.page;
      ana = new Visitor(`Ana-${kind}`, page);
      await page.goto(`${hearth.url}/#/r/general`);
      await ana.fill("Your name", ana.name);
      await ana.press("button", "Just listen");
      await ana.sees("heading", "General");
    });

    after(() => browser?.close());

    test("what is found comes page by page, the newest first", async () => {
      await ana.press("button", "Find anything");
      await ana.types("acorn");
      await ana.sees("option", "acorn in a song");
      await ana.becomes(count, /^8$/);
      await ana.press("option", "Older messages");
      await ana.becomes(count, /^16$/);
      // Up from the first is the last: all by keyboard.
      const field = await ana.sees("textbox", "Find anything");
      await field.focus();
      await page.keyboard.press("Home");
      await page.keyboard.press("ArrowUp");
      await page.keyboard.press("Enter");
      await ana.becomes(count, /^21$/);
      await ana.seesNo("option", "Older messages");
      assert.equal((await found()).at(-1), "acorn number 1");
    });

    test("it is narrowed to a room, a person and a time", async () => {
      await ana.choose("In", "room:music");
      await ana.becomes(count, /^1$/);
      await ana.choose("In", "");
      await ana.becomes(count, /^8$/);
      const bo = await others.Bo.evaluate(() => caller.welcome.identity);
      await ana.choose("By", bo);
      await ana.becomes(async () => (await found())[0], /^acorn number 20$/);
      await ana.choose("When", "day");
      await ana.becomes(count, /^8$/);
      await ana.choose("In", "room:music");
      await ana.becomes(count, /^0$/);
      await ana.choose("In", "room:general");
      await ana.becomes(count, /^8$/);
    });

    test("what is chosen is shown where it stands, with what was written around it", async () => {
      await ana.press("option", "Older messages");
      await ana.becomes(count, /^16$/);
      await ana.press("option", "acorn number 6");
      const inView = () =>
        page.evaluate(() =>
          [...document.querySelectorAll("article, .log p")]
            .filter((it) => {
              const { top, bottom } = it.getBoundingClientRect();
              return top >= 0 && bottom <= innerHeight && it.checkVisibility();
            })
            .map((it) => it.textContent)
            .join("|"),
        );
      await ana.becomes(inView, /acorn number 6(\D|$)/);
      await ana.becomes(inView, /acorn number [57](\D|$)/);
    });
  });
}
