// What two people write to each other alone, in two browsers in turn, with somebody else who speaks
// the protocol without the page.
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
  sound = await startSound(["direct"]);
  hearth = await startHearth({ "limits.enabled": false });
  witness = await startChromium({ hz: 900, environment: sound.environment("direct") });
  await witness.page.goto(`${hearth.url}/api/health`);
  await becomeCaller(witness.page);
  await witness.page.evaluate(() => caller.hello("Dee"));
});

after(async () => {
  await witness?.close();
  await hearth?.stop();
  await sound?.stop();
});

const ask = (message) => witness.page.evaluate((message) => caller.ask(message), message);

/** Dee writes to somebody. */
async function write(person, text) {
  const message = crypto.randomUUID().replaceAll("-", "");
  const sent = await ask({ type: "chat:send", conversation: { person }, message, text });
  return sent.position.seq;
}

/** What Dee was told by somebody, once there is such a text. */
async function told(person, text) {
  for (const deadline = Date.now() + 20_000; ; ) {
    const events = await witness.page.evaluate(() => caller.events);
    const found = events.find(
      ({ type, conversation, entry }) =>
        type === "chat:entry" &&
        conversation.person === person &&
        entry.message?.body.text === text,
    );
    if (found) return found.entry;
    if (Date.now() > deadline) throw new Error(`Dee was not told "${text}"`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

for (const [kind, start] of Object.entries({ Chromium: startChromium, Firefox: startFirefox })) {
  describe(kind, () => {
    let browser;
    let page;
    let ana;
    let identity;

    before(async () => {
      browser = await start({ hz: 500, environment: sound.environment("direct") });
      page = browser.page;
      ana = new Visitor(`Ana-${kind}`, page);
      await ask({ type: "room:join", room: "general" });
      await page.goto(`${hearth.url}/#/r/general`);
      await ana.fill("Your name", ana.name);
      await ana.press("button", "Just listen");
      await ana.sees("heading", "General");
      const { snapshot } = await ask({ type: "room:join", room: "general" });
      identity = snapshot.room.participants.find(({ name }) => name === ana.name).identity;
    });

    after(() => browser?.close());

    test("a person's sheet leads to a conversation, and what is written arrives", async () => {
      await ana.press("button", "Dee");
      await ana.press("button", "Message");
      await ana.sees("heading", "Dee");
      await ana.reads("No messages yet. What you write here only Dee can read.");
      const field = await ana.sees("textbox", "Write to Dee");
      await field.focus();
      await ana.types("are you there?");
      await page.keyboard.press("Enter");
      await told(identity, "are you there?");
      await ana.reads("Delivered");
    });

    test("one sees that the other has read, and what they answer", async () => {
      const { seq } = await told(identity, "are you there?");
      await ask({ type: "chat:read", conversation: { person: identity }, seq });
      await ana.reads("Read");
      await ask({ type: "chat:typing", conversation: { person: identity }, typing: true });
      await ana.reads("Dee is writing");
      await write(identity, "always");
      await ana.sees("article", "Dee");
    });

    test("in the room, a letter is counted and said; opened, it is read", async () => {
      await ana.press("link", "General");
      await ana.sees("heading", "General");
      const seq = await write(identity, "psst");
      await ana.sees("status", "Dee wrote to you");
      const badge = async () =>
        (await ana.sees("button", "Dee, here now")).evaluate((row) => row.textContent);
      await ana.becomes(badge, /psst.*1 unread/);
      await ana.press("button", "Dee, here now");
      await ana.sees("heading", "Dee");
      await ana.sees("separator", "New since");
      await ana.becomes(badge, /^(?!.*unread)/);
      await witness.page.evaluate(
        ([person, read]) => caller.happened({ type: "direct:receipt", person, read }),
        [identity, seq],
      );
    });

    test("what somebody says of themselves stands beside their name, at once", async () => {
      await ana.press("button", "Dee, here now");
      await ana.sees("heading", "Dee");
      await ask({ type: "profile:set", status: `on a train (${kind})` });
      await ana.reads(`on a train (${kind})`);
      await ana.press("button", "Voice and sound settings");
      await ana.press("button", "You");
      await ana.fill("Status", "by the fire");
      await ana.press("button", "Keep it");
      await ana.sees("button", "Kept");
      const told = () =>
        witness.page.evaluate(
          (who) =>
            caller.events.findLast(
              ({ type, person }) => type === "direct:person" && person.identity === who,
            )?.person.status,
          identity,
        );
      await ana.becomes(told, /^by the fire$/);
      await ana.press("button", "Close settings");
      await ana.press("link", "General");
      await ana.press("button", "Dee, coming in");
      await ana.sees("slider", "Volume, only for you");
      await ana.reads(`on a train (${kind})`);
      await page.keyboard.press("Escape");
      await ana.press("button", "Dee, here now");
      await ana.sees("heading", "Dee");
    });

    test("letters wait for those who are away", async () => {
      await ana.press("button", "Leave voice");
      await ana.press("button", "Back to rooms");
      await ana.sees("link", "General");
      await page.goto("about:blank");
      await write(identity, "while you slept");
      await page.goto(`${hearth.url}/`);
      await ana.press("button", "Just listen");
      await ana.reads("while you slept");
      await ana.press("button", "Dee");
      await ana.sees("heading", "Dee");
      await ana.sees("article", "Dee");
      const { conversations } = await ask({ type: "direct:list" });
      assert.equal(conversations[0].person.identity, identity);
      await ana.press("button", "Back to rooms");
      await ana.sees("link", "General");
    });
  });
}
