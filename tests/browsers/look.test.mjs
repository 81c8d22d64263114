// Every screen of the page, with people in it: pictured in both sizes and both lights, and judged
// by axe.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { becomeCaller } from "./caller.mjs";
import { startChromium } from "./chromium.mjs";
import { ARTIFACTS, axe, judge } from "./judge.mjs";
import { startHearth, startPath } from "./program.mjs";
import { Visitor } from "./visitor.mjs";

let hearth;
let path;
let browser;
let mira;
const others = {};

before(async () => {
  path = await startPath();
  hearth = await startHearth({
    "sfu.public_addresses": [path.udp],
    "sfu.advertise_local": false,
    "limits.enabled": false,
    "session.resume_ms": 120_000,
  });
  await path.order(`lead ${hearth.address}`);
  browser = await startChromium({
    hz: 440,
    // A name that is neither localhost nor secure.
    flags: ["--host-resolver-rules=MAP hearth.example 127.0.0.1"],
  });
  mira = new Visitor("Mira", browser.page);
});

after(async () => {
  await browser?.close();
  await hearth?.stop();
  await path?.stop();
});

/** Brings somebody who speaks the protocol without the page. */
async function bring(name, room, { avatar, muted, deafened, listens } = {}) {
  const page = await browser.another();
  await page.goto(`${hearth.url}/api/health`);
  await becomeCaller(page);
  await page.evaluate(([name, avatar]) => caller.hello(name, avatar), [name, avatar]);
  await page.evaluate(([room, microphone]) => caller.talk(room, { microphone }), [room, !listens]);
  if (muted) await page.evaluate(() => caller.ask({ type: "voice:mute", muted: true }));
  if (deafened) await page.evaluate(() => caller.ask({ type: "voice:deafen", deafened: true }));
  others[name] = page;
}

test("the door", async () => {
  await mira.page.goto(`http://${path.tcp}/#/r/general`);
  await mira.fill("Your name", "Mira");
  await judge(mira.page, "join");
});

test("the door without encryption", async () => {
  const page = await browser.another();
  await page.goto(`http://hearth.example:${hearth.address.split(":")[1]}/`);
  await new Visitor("stranger", page).sees("alert", "This page was opened without encryption");
  await judge(page, "join-insecure");
  await page.close();
});

for (const [microphone, says] of [
  ["denied", "The browser is blocking your microphone"],
  ["missing", "We found no microphone"],
]) {
  test(`the door with a microphone that is ${microphone}`, async () => {
    const other = await startChromium({ hz: 440, microphone });
    try {
      await other.page.goto(hearth.url);
      const visitor = new Visitor("stranger", other.page);
      await visitor.sees("alert", says);
      await judge(other.page, `join-${microphone}`);
    } finally {
      await other.close();
    }
  });
}

test("the rooms", async () => {
  await bring("Ana", "general", { avatar: { coat: 6 } });
  await bring("Kai", "general", { avatar: { coat: 2 } });
  await bring("Jun", "general", { avatar: { coat: 1 }, muted: true });
  await bring("Bo", "music", { avatar: { coat: 0, emoji: "🐻" }, listens: true });
  await mira.page.goto(`http://${path.tcp}/#/`);
  await mira.press("button", "Join with microphone");
  await mira.sees("link", "General, 3 inside");
  await judge(mira.page, "rooms");
});

test("a new room", async () => {
  await mira.press("button", "Open a new room");
  await mira.sees("heading", "Open a new room");
  await judge(mira.page, "new-room");
  await mira.press("button", "Open the room");
  await mira.sees("alert", "1 to 30 characters");
  await judge(mira.page, "new-room-refused");
  await mira.page.keyboard.press("Escape");
});

test("an empty room", async () => {
  await mira.press("link", "Gaming");
  await mira.sees("heading", "You’re the first one here");
  await judge(mira.page, "empty");
});

test("a room of four", async () => {
  await mira.press("link", "General");
  await mira.sees("button", "Ana, speaking");
  await judge(mira.page, "room-few");
});

test("a full stage, and a bench", async () => {
  await bring("Noor", "general", { avatar: { coat: 5 } });
  await bring("Cy", "general", { avatar: { coat: 3 }, deafened: true });
  await bring("Tomás", "general", { avatar: { coat: 7 }, listens: true });
  await bring("Ines", "general", { avatar: { coat: 0 }, listens: true });
  await bring("Лев", "general", { avatar: { coat: 2 }, listens: true });
  await bring("Elif", "general", { avatar: { coat: 0, emoji: "🌱" }, listens: true });
  await mira.sees("heading", "Listening");
  await judge(mira.page, "room");
});

/** Somebody writes in the room, or to one person. */
async function write(name, text, more = {}) {
  const message = crypto.randomUUID().replaceAll("-", "");
  const ask = { type: "chat:send", conversation: { room: "general" }, message, text, ...more };
  const sent = await others[name].evaluate((ask) => caller.ask(ask), ask);
  return sent.position.seq;
}

test("what is written", async () => {
  const first = await write(
    "Tomás",
    "Boss fight tonight at nine. **Headphones, please**, last time we heard everything twice.",
  );
  await write(
    "Tomás",
    "Rules are in [the guild notes](https://example.org/notes), and:\n\n- one `mute` key\n- no speakers\n\n> Gentlemen, you can’t fight in here.",
  );
  for (const [name, emoji] of [
    ["Ana", "👍"],
    ["Kai", "👍"],
    ["Jun", "🔥"],
  ]) {
    const ask = {
      type: "chat:react",
      conversation: { room: "general" },
      of: first,
      emoji,
      on: true,
    };
    await others[name].evaluate((ask) => caller.ask(ask), ask);
  }
  await write("Ana", "In. I’ll bring the good mic this time.", { reply_to: first });
  const gone = await write("Ana", "a slip");
  await others.Ana.evaluate(
    (of) => caller.ask({ type: "chat:delete", conversation: { room: "general" }, of }),
    gone,
  );
  const you = await mira.page.evaluate(() => JSON.parse(localStorage["hearth.pass"]).identity);
  await write("Jun", "@Mira can you turn your game down a bit? It drowns Kai.", {
    mentions: [you],
  });
  const field = await mira.sees("textbox", "Write to the room");
  await field.focus();
  await mira.types("Turned it down. Better?");
  await mira.page.keyboard.press("Enter");
  await others.Kai.evaluate(() =>
    caller.ask({ type: "chat:typing", conversation: { room: "general" }, typing: true }),
  );
  await mira.reads("Kai is writing");
  await judge(mira.page, "chat", "Chat");
  await (await mira.sees("article", "Jun")).focus();
  await mira.sees("button", "Thumbs up");
  await judge(mira.page, "chat-tools", "Chat");
  await mira.page.keyboard.press("Enter");
  await mira.sees("button", "Copy text");
  await judge(mira.page, "chat-menu", "Chat");
  await mira.press("button", "Another emoji");
  await mira.sees("gridcell", "Grinning face");
  await judge(mira.page, "chat-emoji", "Chat");
  await mira.page.keyboard.press("Escape");
});

test("an answer, and whom one means", async () => {
  await (await mira.sees("article", "Jun")).focus();
  await mira.press("button", "Reply");
  await mira.reads("Answering Jun");
  await mira.types("sorry @k");
  await mira.sees("option", "Kai");
  await judge(mira.page, "chat-reply", "Chat");
  await mira.page.keyboard.press("Enter");
  await mira.page.keyboard.press("Enter");
});

test("letters", async () => {
  const you = await mira.page.evaluate(() => JSON.parse(localStorage["hearth.pass"]).identity);
  const conversation = { person: you };
  await write("Bo", "Call you from the platform, the tunnel eats everything 🚇", { conversation });
  await mira.sees("button", "Bo, here now");
  await judge(mira.page, "letter-waits", "Direct");
  await mira.press("button", "Bo, here now");
  const field = await mira.sees("textbox", "Write to Bo");
  await field.focus();
  await mira.types("No rush.");
  await mira.page.keyboard.press("Enter");
  await mira.reads("Delivered");
  await judge(mira.page, "direct");
  await mira.press("link", "General");
});

test("muted, and deafened", async () => {
  await mira.press("button", "Mute");
  await judge(mira.page, "muted");
  await mira.press("button", "Deafen");
  await judge(mira.page, "deafened");
  await mira.press("button", "Deafen");
  await mira.press("button", "Mute");
});

test("finding anything", async () => {
  await mira.press("button", "Find anything");
  await mira.fill("Find anything", "mu");
  await mira.sees("option", "Music");
  await judge(mira.page, "palette");
  await mira.fill("Find anything", "nothing like it");
  await mira.reads("Nothing is called");
  await judge(mira.page, "palette-none");
  await mira.page.keyboard.press("Escape");
});

test("a person", async () => {
  await mira.press("button", "Kai");
  await mira.sees("slider", "Volume, only for you");
  await judge(mira.page, "person");
  await mira.page.keyboard.press("Escape");
});

test("the connection", async () => {
  await mira.press("button", "Connection good");
  await mira.sees("heading", "Connection");
  await judge(mira.page, "stats");
  await mira.page.keyboard.press("Escape");
});

test("the settings", async () => {
  await mira.press("button", "Voice and sound settings");
  for (const section of ["Voice and sound", "You", "Look", "Shortcuts"]) {
    await mira.press("button", section);
    await judge(mira.page, `settings-${section.toLowerCase().replaceAll(" ", "-")}`);
  }
  await mira.press("button", "Close settings");
});

test("another language", async () => {
  await mira.press("button", "Voice and sound settings");
  await mira.press("button", "Look");
  await mira.choose("Language", "hi");
  await mira.sees("heading", "सेटिंग");
  await judge(mira.page, "settings-hindi");
  await mira.press("button", "सेटिंग बंद करें");
  await mira.sees("button", "म्यूट");
  await judge(mira.page, "room-hindi");
  await mira.press("button", "आवाज़ और ध्वनि की सेटिंग");
  await mira.press("button", "रूप");
  await mira.choose("भाषा", "system");
  await mira.press("button", "Close settings");
});

test("a room that is full", async () => {
  const ask = (message) => others.Elif.evaluate((message) => caller.ask(message), message);
  await ask({ type: "room:create", name: "Niche", icon: "🪴", max_participants: 1 });
  await ask({ type: "room:join", room: "niche" });
  await mira.press("link", "Niche");
  await mira.sees("heading", "Niche is full (1 of 1)");
  await judge(mira.page, "room-full");
  await mira.press("button", "Don’t wait");
});

test("the mini panel", async () => {
  const opened = mira.page.context().waitForEvent("page");
  await mira.press("button", "Mini panel");
  // The panel is a page of its own.
  const panel = await opened;
  await new Visitor("mini", panel).sees("button", "Mute");
  assert.deepEqual(await axe(panel), []);
  await panel.screenshot({ path: join(ARTIFACTS, "mini.png") });
  await mira.press("button", "Mini panel");
});

test("reconnecting", async () => {
  await path.order("tcp cut");
  await mira.sees("status", "Reconnecting");
  await judge(mira.page, "reconnecting");
  await path.order("tcp heal");
  await mira.seesNo("status", "Reconnecting");
});

test("voice lost", async () => {
  await path.order("udp cut");
  await mira.sees("button", "Try now", 60);
  await judge(mira.page, "lost");
  await path.order("udp heal");
  await mira.seesNo("alert", "Voice is interrupted", 30);
});

test("another tab took over", async () => {
  const tab = await mira.page.context().newPage();
  await tab.goto(`http://${path.tcp}/`);
  const second = new Visitor("Mira", tab);
  await second.sees("button", "Use Hearth here");
  await judge(tab, "second-tab");
  await second.press("button", "Use Hearth here");
  await mira.sees("heading", "You moved to another tab");
  await judge(mira.page, "gone");
});
