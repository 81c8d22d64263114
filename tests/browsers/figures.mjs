// Prints how fast the page is. Asserts nothing: a figure depends on the machine and on what else it
// does. Wants the programs of `cargo build --workspace --bins`.
//
//   npm --prefix tests/browsers run figures [-- crowd firstPaint …]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { startChromium } from "./chromium.mjs";
import { startHearth } from "./program.mjs";
import { Visitor } from "./visitor.mjs";

const LOADER = join(import.meta.dirname, "../../target/debug/hearth-client");
const JOINS = 20;
const MEASURED_SECONDS = 20;
/** A crowd of so many, of whom so many talk at once. */
const PEOPLE = 50;
const TALKERS = 8;

const print = (what, figure, goal) =>
  console.log(`${what.padEnd(58)} ${figure.padStart(9)}   (${goal})`);
const percentile = (list, share) =>
  list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))];
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;

const hearth = await startHearth({ "limits.enabled": false });
try {
  const figures = { firstLoad, firstPaint, joins, crowd };
  const wanted = process.argv.slice(2);
  for (const name of wanted.length ? wanted : Object.keys(figures)) await figures[name]();
} finally {
  await hearth.stop();
}

/** What comes over the wire before somebody can come in. */
async function firstLoad() {
  const { page, close } = await startChromium({ hz: 500 });
  await page.goto(hearth.url);
  await new Visitor("first", page).sees("textbox", "Your name");
  const bytes = await page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .filter(({ name }) => /\.(js|css)$/.test(name) && !name.endsWith("worker.js"))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
  );
  print(
    "first load, JavaScript and CSS, compressed",
    `${Math.round(bytes / 1000)} kB`,
    "at most 200 kB",
  );
  await close();
}

/** From the first paint until a name can be written, on a processor four times as slow. */
async function firstPaint() {
  const times = [];
  for (let visit = 0; visit < 5; visit++) {
    const { page, close } = await startChromium({ hz: 500 });
    const session = await page.context().newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
    await page.addInitScript(() => {
      const look = () => {
        if (document.querySelector("input")) window.usable = performance.now();
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    await page.goto(hearth.url);
    const painted = (name) => performance.getEntriesByName(name)[0]?.startTime;
    await page.waitForFunction(
      () => window.usable && performance.getEntriesByName("first-contentful-paint").length,
    );
    const [first, contentful] = await Promise.all(
      ["first-paint", "first-contentful-paint"].map((name) => page.evaluate(painted, name)),
    );
    const usable = await page.evaluate(() => window.usable);
    times.push(Math.max(usable, contentful) - first);
    await close();
  }
  const figure = "first paint to usable and painted, 4x slower";
  print(`${figure}, median`, seconds(percentile(times, 0.5)), "");
  print(`${figure}, worst of ${times.length}`, seconds(Math.max(...times)), "at most 1 s");
}

/** From the press on Join until another tab hears one's voice. */
async function joins() {
  const listener = await startChromium({ hz: 900 });
  const ear = new Visitor("Ear", listener.page);
  await ear.walkIn(hearth.url, "General");
  const talker = await startChromium({ hz: 500 });
  const times = [];
  for (let attempt = 0; attempt < JOINS; attempt++) {
    const name = `Ana ${attempt}`;
    const page = await talker.another();
    const ana = new Visitor(name, page);
    await page.goto(`${hearth.url}/#/r/general`);
    await ana.fill("Your name", name);
    const join = await ana.sees("button", "Join with microphone");
    const heard = listener.page.waitForFunction(
      (name) => window.hearth.call.slots.some((slot) => slot.name === name && slot.level > 0),
      name,
      { polling: 10 },
    );
    const pressed = performance.now();
    await join.click();
    await heard;
    times.push(performance.now() - pressed);
    await page.context().close();
    await ear.seesNo("button", `${name},`);
  }
  print(`join to heard in another tab, median of ${JOINS}`, seconds(percentile(times, 0.5)), "");
  print(
    `join to heard in another tab, p95 of ${JOINS}`,
    seconds(percentile(times, 0.95)),
    "at most 1.5 s",
  );
  await talker.close();
  await listener.close();
}

/** What a room full of people costs the page. */
async function crowd() {
  const { page, close } = await startChromium({ hz: 500 });
  await new Visitor("Ana", page).walkIn(hearth.url, "Music");
  const others = ["--publishers", TALKERS, "--subscribers", PEOPLE - TALKERS - 1];
  const length = ["--seconds", MEASURED_SECONDS * 3];
  const load = spawn(
    LOADER,
    ["--server", hearth.url, "load", "--room", "music", ...others, ...length].map(String),
    { stdio: "ignore" },
  );
  const ended = once(load, "exit");
  await page.waitForFunction(
    (wanted) => window.hearth.call.slots.filter(({ level }) => level > 0).length >= wanted,
    TALKERS - 1,
    { timeout: 60_000 },
  );
  const idle = await page.context().newPage();
  await idle.goto("about:blank");
  await page.bringToFront();
  const [room, beside] = await Promise.all([page, idle].map(mainThread));
  const goal = {
    processor: "at most 20 %",
    clock: "the same by the clock, others' turns included",
  };
  for (const domain of ["processor", "clock"]) {
    const figure = `main thread with ${PEOPLE} people, ${TALKERS} talking`;
    print(domain === "clock" ? "" : figure, room[domain], goal[domain]);
    print("  an idle tab beside it", beside[domain], "");
  }
  load.kill();
  await ended;
  await close();
}

/** What share of a while the main thread of a page works: of its processor, and by the clock. */
async function mainThread(page) {
  const domains = { processor: "threadTicks", clock: "timeTicks" };
  const shares = Object.entries(domains).map(async ([name, timeDomain]) => {
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable", { timeDomain });
    const worked = async () => {
      const { metrics } = await session.send("Performance.getMetrics");
      return metrics.find(({ name }) => name === "TaskDuration").value;
    };
    const before = await worked();
    await new Promise((done) => setTimeout(done, MEASURED_SECONDS * 1000));
    const share = ((await worked()) - before) / MEASURED_SECONDS;
    return [name, `${(share * 100).toFixed(1)} %`];
  });
  return Object.fromEntries(await Promise.all(shares));
}
