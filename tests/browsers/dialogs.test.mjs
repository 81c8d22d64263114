// What lies over the page and what is told of calls: pictured in both sizes and both lights, and
// judged by axe, with others who speak the protocol without the page.
import { after, before, test } from "node:test";
import { becomeCaller } from "./caller.mjs";
import { startChromium } from "./chromium.mjs";
import { judge } from "./judge.mjs";
import { startHearth } from "./program.mjs";
import { Visitor } from "./visitor.mjs";

let hearth;
let browser;
let mira;
const others = {};

before(async () => {
  // A ring is as long as it takes to look at it.
  hearth = await startHearth({ "limits.enabled": false, "calls.ring_ms": 300_000 });
  browser = await startChromium({ hz: 440 });
  mira = new Visitor("Mira", browser.page);
  await bring("Dee", "general", { coat: 5 });
  await bring("Kai", "general", { coat: 2 });
  await mira.walkIn(hearth.url, "General");
  await mira.sees("button", "Dee, ");
});

after(async () => {
  await browser?.close();
  await hearth?.stop();
});

/** Brings somebody who speaks the protocol without the page. */
async function bring(name, room, avatar) {
  const page = await browser.another();
  await page.goto(`${hearth.url}/api/health`);
  await becomeCaller(page);
  await page.evaluate(([name, avatar]) => caller.hello(name, avatar), [name, avatar]);
  await page.evaluate((room) => caller.talk(room), room);
  others[name] = page;
}

const ask = (name, message) => others[name].evaluate((message) => caller.ask(message), message);
const happened = (name, wanted) =>
  others[name].evaluate((wanted) => caller.happened(wanted), wanted);
const you = () => mira.page.evaluate(() => JSON.parse(localStorage["hearth.pass"]).identity);

test("somebody calls", async () => {
  const { call } = await ask("Dee", { type: "call:start", person: await you() });
  await mira.sees("heading", "Dee is calling");
  await judge(mira.page, "call-coming", "Voice");
  await ask("Dee", { type: "call:end", call: call.call });
  await mira.reads("You missed a call from Dee.");
  await judge(mira.page, "call-missed", "Voice");
  await mira.press("button", "Close");
});

test("one calls, and talks", async () => {
  await mira.press("button", "Dee, speaking");
  await mira.sees("slider", "Volume, only for you");
  await judge(mira.page, "person-to-call");
  await mira.press("button", "Call");
  await mira.reads("Calling Dee");
  await judge(mira.page, "call-asking");
  const { call } = await happened("Dee", { type: "call:ringing" }).then(() =>
    others.Dee.evaluate(() => caller.events.findLast(({ type }) => type === "call:ringing")),
  );
  await ask("Dee", { type: "call:accept", call: call.call });
  await mira.reads("Opening the line to Dee");
  await others.Dee.evaluate((room) => caller.talk(room), call.room);
  await mira.reads("Talking with Dee");
  await mira.sees("button", "Connection good");
  await judge(mira.page, "call-talking");
  await mira.press("button", "Hang up");
  await mira.reads("The call with Dee is over");
  await judge(mira.page, "call-over");
  await mira.press("button", "Back to General");
  await mira.sees("heading", "General");
});
