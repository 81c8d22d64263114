// A room in which 10,000 messages were written: read back to the first of them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { becomeCaller } from "./caller.mjs";
import { startChromium } from "./chromium.mjs";
import { startHearth } from "./program.mjs";
import { startSound } from "./sound.mjs";
import { Visitor } from "./visitor.mjs";

const WRITTEN = 10_000;
/** Written at once. */
const BATCH = 250;
/** The most messages that are ever drawn. */
const DRAWN = 300;
const LONG_MS = 100;
/** A page of history on a busy machine. */
const PATIENCE_MS = 15_000;

let hearth;
let sound;
let browser;

before(async () => {
  sound = await startSound(["long"]);
  hearth = await startHearth({ "limits.enabled": false });
  browser = await startChromium({ hz: 500, environment: sound.environment("long") });
  const writer = await browser.another();
  await writer.goto(`${hearth.url}/api/health`);
  await becomeCaller(writer);
  await writer.evaluate(() => caller.hello("Bo"));
  await writer.evaluate(() => caller.ask({ type: "room:join", room: "general" }));
  for (let from = 0; from < WRITTEN; from += BATCH) {
    await writer.evaluate(
      ({ from, batch }) => {
        const words = "the fire is low and somebody should fetch more wood before it is dark";
        const write = (number) =>
          caller.ask({
            type: "chat:send",
            conversation: { room: "general" },
            message: crypto.randomUUID().replaceAll("-", ""),
            text: `${number}: ${words.slice(0, 8 + ((number * 7) % words.length))}`,
          });
        return Promise.all(Array.from({ length: batch }, (_, at) => write(from + at)));
      },
      { from, batch: BATCH },
    );
  }
  await writer.close();
});

after(async () => {
  await browser?.close();
  await hearth?.stop();
  await sound?.stop();
});

test("10,000 messages are read back to the first, and at most 300 are drawn", async () => {
  const { page } = browser;
  const ana = new Visitor("Ana", page);
  await page.goto(`${hearth.url}/#/r/general`);
  await ana.fill("Your name", "Ana");
  await ana.press("button", "Just listen");
  await ana.sees("article", "Bo");
  const seen = await page.evaluate(async (patienceMs) => {
    const log = document.querySelector(".log");
    const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
    const tasks = [];
    const observer = new PerformanceObserver((list) => {
      tasks.push(...list.getEntries().map(({ duration }) => duration));
    });
    observer.observe({ type: "longtask" });
    const numbers = new Set();
    let drawn = 0;
    let olderAt = performance.now();
    // So long without anything older: that is the beginning, or the page is stuck.
    for (let before = Number.POSITIVE_INFINITY; performance.now() - olderAt < patienceMs; ) {
      log.scrollTop -= log.clientHeight * 2;
      await frame();
      const rows = [...log.querySelectorAll(".msg")];
      drawn = Math.max(drawn, rows.length);
      for (const { dataset } of rows) numbers.add(dataset.seq);
      const first = Number(rows[0]?.dataset.seq);
      if (first < before) olderAt = performance.now();
      before = Math.min(before, first);
      if (/^0: /.test(rows[0]?.querySelector(".prose")?.textContent)) break;
    }
    observer.disconnect();
    const top = log.querySelector(".prose").textContent;
    return { drawn, tasks, numbers: numbers.size, top };
  }, PATIENCE_MS);
  const longest = Math.max(0, ...seen.tasks);
  const long = seen.tasks.filter((ms) => ms > LONG_MS).length;
  console.log(
    `${seen.numbers} messages read back: at most ${seen.drawn} drawn, ` +
      `longest task ${Math.round(longest)} ms, ${long} above ${LONG_MS} ms`,
  );
  assert.match(seen.top, /^0: /);
  assert.ok(seen.numbers >= WRITTEN, `${seen.numbers} of ${WRITTEN} were ever drawn`);
  assert.ok(seen.drawn > 150 && seen.drawn <= DRAWN, `${seen.drawn} drawn`);
});
