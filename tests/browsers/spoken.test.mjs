// Voice messages in Chromium and in Firefox: spoken, listened to, sent, and played by somebody else
// whose browser is the other one.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startChromium } from "./chromium.mjs";
import { startFirefox } from "./firefox.mjs";
import { startHearth } from "./program.mjs";
import { startSound } from "./sound.mjs";
import { Visitor } from "./visitor.mjs";

const BROWSERS = { Ana: startChromium, Fay: startFirefox };
const OTHER = { Ana: "Fay", Fay: "Ana" };

let hearth;
let sound;
const browsers = {};
const at = {};

before(async () => {
  sound = await startSound(Object.keys(BROWSERS));
  hearth = await startHearth({ "limits.enabled": false });
  for (const [name, start] of Object.entries(BROWSERS)) {
    browsers[name] = await start({ hz: 700, environment: sound.environment(name) });
    at[name] = new Visitor(name, browsers[name].page);
    await at[name].walkIn(hearth.url, "General");
  }
});

after(async () => {
  for (const browser of Object.values(browsers)) await browser.close();
  await hearth?.stop();
  await sound?.stop();
});

for (const name of Object.keys(BROWSERS)) {
  const ana = () => at[name];
  const other = () => at[OTHER[name]];
  const text = (of, selector) =>
    of.page.evaluate((selector) => document.querySelector(selector)?.textContent ?? "", selector);
  /** What the newest voice message says, where one is in it, and of how many parts it is drawn. */
  const newest = (of) =>
    of.page.evaluate(() => {
      const sound = [...document.querySelectorAll(".log .vm")].at(-1);
      const slider = sound?.querySelector("[role=slider]");
      return {
        says: sound?.innerText ?? "",
        at: slider?.getAttribute("aria-valuenow") ?? "",
        parts: slider?.querySelectorAll("path").length ?? 0,
      };
    });
  /** The newest sound's button, which plays and pauses: a recording's, or a message's. */
  const button = (of) =>
    of.page.evaluateHandle(() => [...document.querySelectorAll(".vm-play")].at(-1) ?? null);
  const play = async (of) => (await button(of)).asElement().click();
  const does = async (of) =>
    (await button(of)).evaluate((button) => button?.getAttribute("aria-label") ?? "");
  const position = async (of) => (await newest(of)).at;
  const says = async (of) => (await newest(of)).says;

  test(`${name} speaks, pauses, walks away, comes back and throws it away`, async () => {
    await ana().press("button", "Record a voice message");
    await ana().reads("Recording. The room does not hear you.");
    await ana().becomes(() => text(ana(), ".rec-t"), /0:(0[1-9]|[1-5]\d)/);
    // What is recorded is for later: the room is sent nothing meanwhile.
    await other().seesNo("button", `${name}, speaking`);
    await ana().picture("recording");
    await ana().press("button", "Pause recording");
    await ana().press("link", "Music");
    await ana().sees("heading", "Music");
    await ana().sees("button", "Record a voice message");
    await ana().press("link", "General");
    await ana().press("button", "Go on recording");
    await ana().becomes(() => text(ana(), ".rec-t"), /0:(0[2-9]|[1-5]\d)/);
    await ana().press("button", "Discard recording");
    await ana().sees("textbox", "Write to the room");
    await other().sees("button", `${name}, speaking`);
  });

  test(`${name} listens first, sends, and ${OTHER[name]} plays it`, async () => {
    await ana().press("button", "Record a voice message");
    await ana().becomes(() => text(ana(), ".rec-t"), /0:(0[3-9]|[1-5]\d)/);
    await ana().press("button", "Listen first");
    // Until the recording is there, the newest sound is another.
    await ana().becomes(
      () => ana().page.evaluate(() => document.querySelectorAll(".rec .vm-play").length),
      /^1$/,
    );
    await play(ana());
    await ana().becomes(() => does(ana()), /^Pause/);
    await ana().becomes(() => does(ana()), /^Play/);
    await ana().picture("preview");
    await ana().press("button", "Send voice message");
    await ana().becomes(() => newest(ana()).then(({ parts }) => parts), /^[12]$/);
    await ana().seesNo("button", "Discard recording");

    await other().becomes(() => says(other()), /0:\d\d[\s\S]*not played/);
    await other().picture("unplayed");
    await play(other());
    await other().becomes(() => does(other()), /^Pause/);
    await other().becomes(() => position(other()), /^[1-9]\d?$/);
    await play(other());
    await other().becomes(() => says(other()), /^(?![\s\S]*not played)/);
  });

  test(`${OTHER[name]} moves about in it, faster and louder`, async () => {
    const { page } = other();
    const slider = await other().page.evaluateHandle(() =>
      [...document.querySelectorAll(".log .vm [role=slider]")].at(-1),
    );
    await slider.asElement().focus();
    await page.keyboard.press("Home");
    await other().becomes(() => position(other()), /^0$/);
    await page.keyboard.press("ArrowRight");
    await other().becomes(() => position(other()), /^1$/);
    await other().press("button", "Speed 1 times");
    await other().press("button", "Speed 1.5 times");
    await other().sees("button", "Speed 2 times");
    await other().press("button", "Louder: gain 1 times");
    await other().press("button", "Louder: gain 2 times");
    await other().sees("button", "Louder: gain 4 times");
    await page.keyboard.press("Home");
    await play(other());
    await other().becomes(() => does(other()), /^Pause/);
    await other().becomes(() => position(other()), /^[1-9]\d?$/);
    await other().picture("played");
    await other().press("button", "Speed 2 times");
    await other().press("button", "Louder: gain 4 times");
    await other().sees("button", "Louder: gain 1 times");
    // It has ended: what was played stays so for the next visit.
    await other().becomes(() => does(other()), /^Play/);
    const played = await page.evaluate(() => JSON.parse(localStorage["hearth.played"]).length);
    assert.ok(played >= 1);
  });

  test(`a sound that cannot be sent stays with ${name}`, async () => {
    const { page } = ana();
    await ana().press("button", "Record a voice message");
    await ana().becomes(() => text(ana(), ".rec-t"), /0:(0[1-9]|[1-5]\d)/);
    await page.evaluate(() => {
      const { send } = XMLHttpRequest.prototype;
      XMLHttpRequest.prototype.send = function () {
        XMLHttpRequest.prototype.send = send;
        this.dispatchEvent(new ProgressEvent("error"));
      };
    });
    await ana().press("button", "Send voice message");
    await ana().sees("alert", "The server does not answer. Your recording is kept.");
    const before = await page.evaluate(() => document.querySelectorAll(".log .vm").length);
    await ana().press("button", "Try again");
    const now = () => page.evaluate(() => document.querySelectorAll(".log .vm").length);
    await ana().becomes(now, new RegExp(`^${before + 1}$`));
  });
}
