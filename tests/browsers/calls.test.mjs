// Calls between two people, from Chromium to Firefox and back, each heard through the sound card;
// a third listens in the room that they leave, and somebody speaks the protocol without the page.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { becomeCaller } from "./caller.mjs";
import { Company } from "./company.mjs";
import { Visitor } from "./visitor.mjs";

const HZ = { Ana: 1300, Bo: 900, Fay: 1500 };
/** The highest note of a call that rings. */
const BELL_HZ = 783.99;

const company = new Company();
const { people: browsers, ears } = company;
const at = {};
const tone = { volume: 0.2, even: true };

before(() =>
  company.gather(
    HZ,
    {},
    async (name, page) => {
      at[name] = new Visitor(name, page);
      await at[name].walkIn(company.hearth.url, "General");
    },
    tone,
  ),
);

after(() => company.part());

const key = (name, key) => browsers[name].page.keyboard.press(key);
const focused = (name) =>
  browsers[name].page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");

/** From the sheet of somebody in the room. */
async function callFromSheet(from, to) {
  await at[from].press("button", `${to}, `);
  await at[from].press("button", "Call");
  await at[from].reads(`Calling ${to}`);
}

async function palette(name, text) {
  const { keyboard } = browsers[name].page;
  await keyboard.down("Control");
  await keyboard.press("KeyK");
  await keyboard.up("Control");
  await at[name].sees("textbox", "Find anything");
  await at[name].types(text);
  await at[name].sees("option", text);
  await keyboard.press("Enter");
}

for (const [from, to] of [
  ["Ana", "Fay"],
  ["Fay", "Ana"],
]) {
  test(`${from} calls ${to}: it rings, and the two talk with nobody else`, async () => {
    await ears.Bo.hears([HZ[from], HZ[to]]);
    await Promise.all([ears[to].hears([BELL_HZ]), callFromSheet(from, to)]);
    await at[to].sees("heading", `${from} is calling`);
    await at[to].reads("If you answer, you step out of General.");
    await at[to].becomes(() => focused(to), /^Answer$/);
    await key(to, "Enter");
    await at[to].reads(`Talking with ${from}`);
    await at[from].reads(`Talking with ${to}`);
    await at[from].reads("You hear and send nothing in General.");
    await Promise.all([ears[to].hears([HZ[from]]), ears[from].hears([HZ[to]])]);
    await ears.Bo.hearsNone([HZ[from], HZ[to]]);
    await Promise.all([ears[to].hearsNone([HZ.Bo]), ears[from].hearsNone([HZ.Bo, BELL_HZ])]);
    await at.Bo.seesNo("button", `${from}, `);
    assert.match(await browsers[from].page.evaluate(() => location.hash), /^#\/$/);
  });

  test(`${from} is muted in the call, and the call stays in view on every screen`, async () => {
    await at[from].press("button", "Mute");
    await at[from].reads(`You are muted. ${to} hears nothing.`);
    await ears[to].hearsNone([HZ[from]]);
    await at[from].press("button", "Voice and sound settings");
    await at[from].sees("heading", "Settings");
    await at[from].reads(`Talking with ${to}`);
    await at[from].sees("button", "Hang up");
    await at[from].press("button", "Close settings");
    await at[from].press("button", "Mute");
    await ears[to].hears([HZ[from]]);
  });

  test(`whoever calls ${from} meanwhile is told that there is another call`, async () => {
    const page = await browsers.Bo.another();
    await page.goto(`${company.hearth.url}/api/health`);
    await becomeCaller(page);
    await page.evaluate((name) => caller.hello(name), `Guest of ${from}`);
    await page.evaluate(() => caller.ask({ type: "room:join", room: "general" }));
    const you = await browsers[from].page.evaluate(
      () => JSON.parse(localStorage["hearth.pass"]).identity,
    );
    const ask = { type: "call:start", person: you };
    await assert.rejects(
      page.evaluate((ask) => caller.ask(ask), ask),
      /person_busy/,
    );
    await at[from].sees("button", `Guest of ${from}`);
    await page.close();
  });

  test(`${to} hangs up, and both may go back to where they were`, async () => {
    await at[to].press("button", "Hang up");
    await at[from].reads(`The call with ${to} is over, after 0:`);
    await at[to].reads(`The call with ${from} is over, after 0:`);
    await at[from].reads("You called, 0:");
    await at[to].reads(`${from} called, 0:`);
    for (const name of [from, to]) {
      await at[name].press("button", "Back to General");
      await at[name].sees("heading", "General");
    }
    await ears.Bo.hears([HZ[from], HZ[to]]);
  });

  test(`${to} declines by keyboard while typing, and ${from} is told`, async () => {
    const field = await at[to].sees("textbox", "Write to the room");
    await field.focus();
    await at[to].types("half a sen");
    await callFromSheet(from, to);
    await at[to].sees("heading", `${from} is calling`);
    await at[to].types("tence");
    assert.equal(await field.evaluate((box) => box.value), "half a sentence");
    await palette(to, "Decline");
    await at[from].reads(`${to} cannot talk right now.`);
    await at[from].reads("You called, nobody answered");
    await at[to].seesNo("heading", `${from} is calling`);
    await ears.Bo.hears([HZ[from], HZ[to]]);
  });

  test(`a call that ${from} takes back is a missed one, and ${to} calls back`, async () => {
    await at[from].press("button", "Call again");
    await at[to].sees("heading", `${from} is calling`);
    await at[from].press("button", "Cancel the call");
    await at[to].reads(`You missed a call from ${from}.`);
    await at[to].press("button", "Message");
    await at[to].sees("heading", from);
    // In the conversation too, where it stays.
    await at[to].press("button", "Close");
    await at[to].press("button", "Call back");
    await at[from].sees("heading", `${to} is calling`);
    await at[from].press("button", "Decline");
    await at[to].reads(`${from} cannot talk right now.`);
    for (const name of [from, to]) {
      await at[name].press("link", "General");
      await at[name].sees("heading", "General");
    }
  });

  test(`${from} calls somebody who has gone`, async () => {
    const page = await browsers.Bo.another();
    await page.goto(`${company.hearth.url}/api/health`);
    await becomeCaller(page);
    const name = `Gone from ${from}`;
    await page.evaluate((name) => caller.hello(name), name);
    const you = await browsers[from].page.evaluate(
      () => JSON.parse(localStorage["hearth.pass"]).identity,
    );
    await page.evaluate(
      (person) =>
        caller.ask({
          type: "chat:send",
          conversation: { person },
          message: crypto.randomUUID().replaceAll("-", ""),
          text: "goodbye",
        }),
      you,
    );
    await page.evaluate(() => caller.goodbye());
    await at[from].press("button", `${name}, `);
    await at[from].sees("heading", name);
    await at[from].press("button", "Call");
    await at[from].reads(`${name} is not here, and finds a missed call.`);
    await page.close();
    await at[from].press("link", "General");
    await at[from].sees("heading", "General");
  });

  test(`a call ends when ${to} moves to a second tab`, async () => {
    await callFromSheet(from, to);
    await at[to].press("button", "Answer");
    await at[from].reads(`Talking with ${to}`);
    await ears[from].hears([HZ[to]]);
    const { page } = browsers[to];
    const tab = await (page.context?.() ?? page.browser()).newPage();
    await tab.goto(company.hearth.url);
    const second = new Visitor(to, tab);
    await second.press("button", "Use Hearth here");
    await at[to].sees("heading", "You moved to another tab");
    await at[from].reads(`The call with ${to} is over`);
    await second.sees("link", "General");
    await tab.close();
    await at[to].press("button", "Use Hearth here");
    for (const name of [from, to]) {
      await at[name].press("link", "General");
      await at[name].sees("heading", "General");
    }
    await ears.Bo.hears([HZ[from], HZ[to]]);
  });
}
