// A voice message made four times as loud: it is heard, and measured in the graph that plays it, it
// never clips.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startChromium } from "./chromium.mjs";
import { startFirefox } from "./firefox.mjs";
import { startHearth } from "./program.mjs";
import { startSound } from "./sound.mjs";
import { Visitor } from "./visitor.mjs";

const HZ = 500;
const BROWSERS = { Chromium: startChromium, Firefox: startFirefox };

let hearth;
let sound;

before(async () => {
  sound = await startSound(Object.keys(BROWSERS));
  hearth = await startHearth({ "limits.enabled": false });
});

after(async () => {
  await hearth?.stop();
  await sound?.stop();
});

for (const [kind, start] of Object.entries(BROWSERS)) {
  test(`four times as loud is heard and does not clip in ${kind}`, async () => {
    const browser = await start({
      hz: HZ,
      tone: { volume: 0.95 },
      environment: sound.environment(kind),
    });
    const ear = sound.ear(kind);
    try {
      const { page } = browser;
      const early = (page.addInitScript ?? page.evaluateOnNewDocument).bind(page);
      await early(listen);
      const ana = new Visitor(`Ana-${kind}`, page);
      await ana.walkIn(hearth.url, "General");
      await ana.press("button", "Record a voice message");
      const length = () => page.evaluate(() => document.querySelector(".rec-t")?.textContent);
      await ana.becomes(length, /0:(0[3-9]|[1-5]\d)/);
      await ana.press("button", "Send voice message");
      // No longer under way, but where it stays.
      await ana.becomes(
        () => page.evaluate(() => document.querySelectorAll("[data-seq]").length),
        /1/,
      );
      await ana.press("button", "Play");
      await ana.sees("button", "Pause");
      await ana.press("button", "Louder: gain 1 times");
      await ana.press("button", "Louder: gain 2 times");
      await ana.sees("button", "Louder: gain 4 times");
      await ana.sees("button", "Play");
      await ana.press("button", "Play");
      await ana.sees("button", "Pause");
      await ear.hears([HZ]);
      await ana.sees("button", "Play");
      const { limited, heard } = await page.evaluate(() => window.peaks);
      console.log(`${kind}: a peak of ${limited.toFixed(2)} is heard as ${heard.toFixed(2)}`);
      assert.ok(heard < 1, `${heard} is heard`);
      // The tone of Firefox's fake microphone is too quiet to clip even four times as loud.
      if (kind === "Firefox") return;
      assert.ok(limited > 1, `${limited} would not clip: the test would prove nothing`);
      assert.ok(heard > 0.5, `${heard} is heard`);
    } finally {
      ear.stop();
      await browser.close();
    }
  });
}

/** Runs in the page before anything else: notes the loudest sample before the limiter and after it. */
function listen() {
  window.peaks = { limited: 0, heard: 0 };
  const { connect } = AudioNode.prototype;
  AudioNode.prototype.connect = function (to, ...rest) {
    const kind = { DynamicsCompressorNode: "limited", AudioDestinationNode: "heard" };
    const name = kind[to?.constructor.name];
    if (name) {
      const ear = new AnalyserNode(this.context, { fftSize: 32_768 });
      const samples = new Float32Array(ear.fftSize);
      connect.call(this, ear);
      // Looked at more often than its memory is long, no sample is missed.
      setInterval(() => {
        ear.getFloatTimeDomainData(samples);
        const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
        window.peaks[name] = Math.max(window.peaks[name], peak);
      }, 100);
    }
    return connect.call(this, to, ...rest);
  };
}
