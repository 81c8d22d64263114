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
  await mira.becomes(
    async () => (await mira.sees("button", "Dee, here now")).evaluate((row) => row.textContent),
    /now\. call/,
  );
  await judge(mira.page, "call-over");
  await mira.press("button", "Back to General");
  await mira.sees("heading", "General");
});

test("a room is opened with all that it can be, and changed", async () => {
  await mira.press("button", "Open a new room");
  await mira.fill("Name", "Nook");
  await mira.press("switch", "Ask for a password");
  await judge(mira.page, "new-room-locked");
  await mira.fill("Password", "sesame");
  await mira.press("button", "Open the room");
  await mira.sees("heading", "Nook");
  await mira.press("button", "Edit the room");
  await mira.sees("heading", "Edit Nook");
  await judge(mira.page, "room-edit");
  await mira.press("button", "Delete the room");
  await mira.sees("heading", "Delete Nook?");
  await judge(mira.page, "room-delete");
  await mira.press("button", "Keep it");
});

test("a moderator's sheet, a ban, and the list of bans", async () => {
  await ask("Kai", { type: "room:join", room: "nook", password: "sesame", with_voice: true });
  await mira.press("button", "Kai, speaking");
  await mira.sees("button", "Mute for everyone");
  await judge(mira.page, "moderate");
  await mira.press("button", "Move to another room");
  await mira.sees("button", "Move to Music");
  await judge(mira.page, "moderate-move");
  await mira.press("button", "Ban…");
  await mira.fill("Why", "Shouting");
  await judge(mira.page, "moderate-ban");
  await mira.press("button", "Mute for everyone");
  await mira.press("button", "Close");
  await mira.sees("button", "Kai, muted by a moderator");
  await judge(mira.page, "seat-server-muted", "Voice");
  await mira.press("button", "Kai, muted by a moderator");
  await mira.press("button", "Ban…");
  await mira.fill("Why", "Shouting");
  await mira.page.keyboard.press("Enter");
  await happened("Kai", { type: "room:sent_out", why: "banned" });
  await mira.press("button", "Edit the room");
  await mira.press("button", "Banned people");
  await mira.reads("“Shouting”");
  await judge(mira.page, "room-bans");
  await mira.page.keyboard.press("Escape");
});

test("a door that asks for a password", async () => {
  await ask("Dee", { type: "room:create", name: "Staff", icon: "🛠️", password: "sesame" });
  await mira.press("link", "Staff");
  await mira.sees("heading", "Staff is locked");
  await mira.fill("Password", "wrong");
  await mira.press("button", "Walk in");
  await mira.sees("alert", "That is not the password.");
  await judge(mira.page, "password");
  await mira.page.keyboard.press("Escape");
});

test("what a moderator took from oneself", async () => {
  await ask("Dee", { type: "room:create", name: "Theirs", icon: "☕" });
  await ask("Dee", { type: "room:join", room: "theirs" });
  await mira.press("link", "Theirs");
  await mira.sees("button", "You, ");
  const { snapshot } = await ask("Dee", { type: "room:join", room: "theirs" });
  const { number } = snapshot.room.participants.find(({ name }) => name === "Mira");
  await ask("Dee", { type: "room:mute", number, muted: true });
  await mira.sees("alert", "A moderator muted you here.");
  await judge(mira.page, "server-muted", "Voice");
});

test("a search that is narrowed", async () => {
  await mira.press("button", "Find anything");
  await mira.fill("Find anything", "call");
  await mira.sees("combobox", "In");
  await judge(mira.page, "palette-narrow");
  await mira.page.keyboard.press("Escape");
});
