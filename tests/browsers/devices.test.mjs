// What a page does with the device that it runs on, in Chromium and in Firefox: the screen, a
// microphone that goes away, a finger.
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
  sound = await startSound(["devices"]);
  hearth = await startHearth({ "limits.enabled": false });
  witness = await startChromium({ hz: 900, environment: sound.environment("devices") });
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

    /** How many voices Bo is sent. */
    const voices = () => witness.page.evaluate(() => new Set(caller.talkers()).size);
    const resize = (width, height) =>
      page.setViewportSize?.({ width, height }) ?? page.setViewport({ width, height });

    before(async () => {
      browser = await start({ hz: 500, environment: sound.environment("devices") });
      page = browser.page;
      ana = new Visitor(`Ana-${kind}`, page);
      const early = (page.addInitScript ?? page.evaluateOnNewDocument).bind(page);
      await early(watch);
      await page.goto(hearth.url);
      await ana.fill("Your name", ana.name);
      await ana.press("button", "Join with microphone");
      await ana.press("link", "General");
      await ana.sees("button", "Mute");
      await ana.becomes(voices, /1/);
    });

    after(() => browser?.close());

    test("a microphone that goes away while one talks is followed by another", async () => {
      const opened = await page.evaluate(() => captures.length);
      await page.evaluate(() => {
        // As when it is pulled out: it gives nothing more, and the browser says so.
        const [track] = captures.at(-1).getAudioTracks();
        track.stop();
        track.dispatchEvent(new Event("ended"));
      });
      await ana.becomes(() => page.evaluate(() => captures.length), new RegExp(`${opened + 1}`));
      // Only what the new one gives can be loud.
      const loud = () =>
        witness.page.evaluate(() =>
          caller.pc
            .getReceivers()
            .some((receiver) => (receiver.getContributingSources()[0]?.audioLevel ?? 0) > 0.01),
        );
      await ana.becomes(loud, /true/);
      await ana.sees("button", "Mute");
    });

    test("the screen stays on in a room, if that is wanted, and only there", async () => {
      const held = () =>
        page.evaluate(() => String(locks.filter(({ released }) => !released).length));
      assert.equal(await held(), "0");
      await ana.press("button", "Voice and sound settings");
      await ana.press("button", "Look");
      await ana.press("switch", "Keep the screen on in a room");
      await ana.becomes(held, /^1$/);
      await ana.press("switch", "Keep the screen on in a room");
      await ana.becomes(held, /^0$/);
      await ana.press("switch", "Keep the screen on in a room");
      await ana.becomes(held, /^1$/);
      await ana.press("button", "Close settings");
    });

    test("on a phone a finger holds to talk", async () => {
      await ana.press("button", "Voice and sound settings");
      await ana.press("button", "Voice and sound");
      await ana.press("switch", "Push to talk");
      await ana.press("button", "Close settings");
      await resize(390, 844);
      await ana.becomes(voices, /0/);
      const button = await ana.sees("button", "Hold to talk");
      const { x, y, width, height } = await button.boundingBox();
      assert.ok(height >= 44, `${height} px are no target for a finger`);
      await page.mouse.move(x + width / 2, y + height / 2);
      await page.mouse.down();
      await ana.becomes(voices, /1/);
      await page.mouse.up();
      await ana.becomes(voices, /0/);
      await resize(1280, 800);
    });

    test("leaving lets the screen go", async () => {
      await ana.press("button", "Leave voice");
      const held = () => page.evaluate(() => locks.filter(({ released }) => !released).length);
      await ana.becomes(held, /^0$/);
    });
  });
}

/** Runs in the page before anything else: notes what the page opens and holds. */
function watch() {
  window.captures = [];
  window.locks = [];
  const { mediaDevices, wakeLock } = navigator;
  // A page like about:blank has neither.
  if (!mediaDevices || !wakeLock) return;
  const open = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (wanted) => {
    const capture = await open(wanted);
    captures.push(capture);
    return capture;
  };
  const request = wakeLock.request.bind(wakeLock);
  wakeLock.request = async (type) => {
    const lock = await request(type);
    locks.push(lock);
    return lock;
  };
}
