// How one's voice gets through, in words: who does not hear whom, and the figures behind it, in
// Chromium and in Firefox, with somebody else whose path can be cut one way.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { becomeCaller } from "./caller.mjs";
import { startChromium } from "./chromium.mjs";
import { startFirefox } from "./firefox.mjs";
import { startHearth, startPath } from "./program.mjs";
import { startSound } from "./sound.mjs";
import { Visitor } from "./visitor.mjs";

/** A browser reports what it receives every 2.5 to 7.5 s, and the server tells it every 2 s. */
const REPORTED = 40;

let path;
let hearth;
let sound;
let witness;

before(async () => {
  // Firefox needs a sound card.
  sound = await startSound(["line"]);
  path = await startPath();
  hearth = await startHearth({ "limits.enabled": false, "sfu.consent_timeout_ms": 60_000 });
  await path.order(`lead ${hearth.address}`);
  witness = await startChromium({ hz: 900, environment: sound.environment("line") });
  await witness.page.goto(`${hearth.url}/api/health`);
  await becomeCaller(witness.page);
  await witness.page.evaluate(() => caller.hello("Bo"));
});

after(async () => {
  await witness?.close();
  await hearth?.stop();
  await path?.stop();
  await sound?.stop();
});

for (const [kind, start] of Object.entries({ Chromium: startChromium, Firefox: startFirefox })) {
  describe(kind, () => {
    let browser;
    let ana;

    /** Somebody's number, by what Bo was told. */
    const number = (name) =>
      witness.page.evaluate(
        (name) =>
          caller.events.findLast(
            ({ type, participant }) => type === "came" && participant.name.startsWith(name),
          ).participant.number,
        name,
      );

    before(async () => {
      await witness.page.evaluate((through) => {
        caller.events = [];
        return caller.talk("general", { through });
      }, path.udp);
      browser = await start({ hz: 500, environment: sound.environment("line") });
      ana = new Visitor(`Ana-${kind}`, browser.page);
      await ana.walkIn(hearth.url, "General");
    });

    after(async () => {
      await browser?.close();
      await witness.page.evaluate(() => caller.ask({ type: "room:leave" }));
    });

    test("the figures name the way, the cipher and each voice", async () => {
      await ana.sees("button", "Bo, speaking");
      await ana.press("button", "Connection");
      const panel = () =>
        browser.page.evaluate(() => document.querySelector(".stats[open]")?.innerText ?? "");
      await ana.becomes(panel, /\bBo\s+\d+ kbit\/s\s+0\.0 %\s+\d+ ms/);
      await ana.becomes(panel, /UDP, direct/);
      await ana.becomes(panel, /AES/);
      await ana.becomes(panel, /Rate\s+[1-9]\d* kbit\/s\s+[1-9]\d* kbit\/s/);
      await ana.picture("line");
      await browser.page.keyboard.press("Escape");
    });

    test("somebody who does not receive one is named until they do", async () => {
      await path.order("udp deafen");
      await ana.sees("button", "Bo, can’t hear you", REPORTED);
      await ana.sees("status", "Bo can’t hear you. Opening a new path.", REPORTED);
      await ana.picture("deaf");
      // Bo is told too, and asked to open a new path. The page would do so by itself.
      await witness.page.evaluate(
        (number) => {
          const asked = caller.events.findLast(({ type }) => type === "voice:quality");
          if (!asked?.unheard?.includes(number)) throw new Error(JSON.stringify(asked));
          return caller.happened({ type: "voice:quality", restart: true });
        },
        await number("Ana"),
      );
      await path.order("udp heal");
      await witness.page.evaluate(() => caller.restartIce());
      await ana.seesNo("status", "Bo can’t hear you", REPORTED);
      await ana.sees("button", "Bo, speaking");
    });

    test("somebody who is muted is never said not to be heard", async () => {
      const ask = (message) => witness.page.evaluate((message) => caller.ask(message), message);
      await ask({ type: "voice:mute", muted: true });
      await witness.page.evaluate(() => caller.pc.getSenders()[0].replaceTrack(null));
      await ana.sees("button", "Bo, muted");
      const events = () => witness.page.evaluate(() => caller.events.length);
      // Two figures later nothing is said yet.
      for (let figure = 0; figure < 2; figure++) {
        const before = await events();
        await ana.becomes(async () => (await events()) > before, /true/, REPORTED);
        await ana.sees("button", "Bo, muted");
      }
      assert.equal(await browser.page.evaluate(() => document.querySelector(".repair")), null);
    });
  });
}
