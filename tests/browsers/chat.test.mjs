// What people write to each other: two browsers in turn, and somebody else who speaks the protocol
// without the page and says what really arrived.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { becomeCaller } from "./caller.mjs";
import { startChromium } from "./chromium.mjs";
import { startFirefox } from "./firefox.mjs";
import { startHearth, startPath } from "./program.mjs";
import { startSound } from "./sound.mjs";
import { Visitor } from "./visitor.mjs";

let hearth;
let path;
let sound;
let witness;

before(async () => {
  sound = await startSound(["chat"]);
  path = await startPath();
  hearth = await startHearth({
    "sfu.public_addresses": [path.udp],
    "sfu.advertise_local": false,
    "limits.enabled": false,
    "session.resume_ms": 120_000,
  });
  await path.order(`lead ${hearth.address}`);
  witness = await startChromium({ hz: 900, environment: sound.environment("chat") });
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

const bo = {
  ask: (message) => witness.page.evaluate((message) => caller.ask(message), message),
  enter: (room) => bo.ask({ type: "room:join", room }),
  /** Writes; the number of the message. */
  async write(room, text, more = {}) {
    const message = crypto.randomUUID().replaceAll("-", "");
    const conversation = { room };
    const ask = { type: "chat:send", conversation, message, text, ...more };
    return (await bo.ask(ask)).position.seq;
  },
  /** The entry of a room that `fits` holds of; waits for it. */
  async told(room, fits) {
    for (const deadline = Date.now() + 20_000; ; ) {
      const events = await witness.page.evaluate(() => caller.events);
      const entries = events.filter(
        ({ type, conversation }) => type === "chat:entry" && conversation.room === room,
      );
      const found = entries.map(({ entry }) => entry).find(fits);
      if (found) return found;
      if (Date.now() > deadline) throw new Error(`Bo was not told ${fits}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  },
  identity: () => witness.page.evaluate(() => caller.welcome.identity),
};

for (const [kind, start] of Object.entries({ Chromium: startChromium, Firefox: startFirefox })) {
  describe(kind, () => {
    const room = `chat-${kind.toLowerCase()}`;
    let browser;
    let page;
    let ana;
    const told = (fits) => bo.told(room, fits);
    const key = (name) => page.keyboard.press(name);
    const type = async (text) => {
      const field = await ana.sees("textbox", "Write to the room");
      await field.focus();
      await ana.types(text);
    };
    const say = async (text) => {
      await type(text);
      await key("Enter");
    };
    const focus = async (name) => (await ana.sees("article", name)).focus();

    before(async () => {
      browser = await start({ hz: 500, environment: sound.environment("chat") });
      page = browser.page;
      ana = new Visitor(`Ana-${kind}`, page);
      await bo.ask({ type: "room:create", name: room, icon: "💬" });
      await bo.enter(room);
      await page.goto(`http://${path.tcp}/#/r/${room}`);
      await ana.fill("Your name", ana.name);
      await ana.press("button", "Just listen");
      await ana.sees("heading", room);
    });

    after(() => browser?.close());

    test("what is written arrives, drawn with its small Markdown", async () => {
      await say("**Hello** `there` https://example.org/a?b=c.");
      const { message } = await told(
        (entry) => entry.kind === "message" && entry.message.body.text?.includes("Hello"),
      );
      assert.equal(message.body.text, "**Hello** `there` https://example.org/a?b=c.");
      await ana.sees("article", "You");
      const drawn = () =>
        page.evaluate(() => {
          const prose = document.querySelector(".msg .prose");
          const link = prose.querySelector("a");
          return [
            prose.querySelector("strong").textContent,
            prose.querySelector("code").textContent,
            link.href,
            link.rel,
            link.target,
          ];
        });
      assert.deepEqual(await drawn(), [
        ...[
          "Hello",
          "there",
          "https://example.org/a?b=c",
          "noopener noreferrer nofollow",
          "_blank",
        ],
      ]);
    });

    test("what others write appears and is said once, and so is who is writing", async () => {
      await bo.ask({ type: "chat:typing", conversation: { room }, typing: true });
      await ana.reads("Bo is writing");
      await bo.write(room, "Come *in*, sit down");
      await ana.sees("article", "Bo");
      const said = () =>
        page.evaluate(() => {
          const log = document.querySelector('[role=log][aria-live="polite"]');
          return [...log.children].map(({ textContent }) => textContent).join("|");
        });
      await ana.becomes(said, /^Bo: Come in, sit down$/);
      await ana.seesNo("anything", "Bo is writing");
      await type("Thinking");
      await witness.page.evaluate(
        (room) => caller.happened({ type: "chat:typing", typing: true, name: room }),
        ana.name,
      );
      await key("Enter");
    });

    test("answers, by keyboard alone", async () => {
      await focus("Bo");
      await key("Enter");
      await ana.sees("button", "Copy text");
      // Reply has the focus: it comes first.
      await key("Enter");
      await ana.reads("Answering Bo:");
      await ana.types("Gladly");
      await key("Enter");
      const { message } = await told(
        (entry) => entry.kind === "message" && entry.message.body.text === "Gladly",
      );
      assert.ok(message.reply_to > 0);
      await ana.reads("Answers Bo Come in, sit down");
    });

    test("↑ changes what one wrote last, Esc does not", async () => {
      await key("ArrowUp");
      await ana.reads("Changing your message");
      await key("Escape");
      await ana.seesNo("anything", "Changing your message");
      await key("ArrowUp");
      await ana.types(", thanks");
      await key("Enter");
      await told((entry) => entry.kind === "edited" && entry.text === "Gladly, thanks");
      await ana.reads("edited");
    });

    test("reactions are toggled, from the tools and from the picker", async () => {
      await focus("Bo");
      await ana.press("button", "Thumbs up");
      await told((entry) => entry.kind === "reacted" && entry.emoji === "👍" && entry.on);
      await ana.press("button", "👍 1 person, you too");
      await told((entry) => entry.kind === "reacted" && entry.emoji === "👍" && !entry.on);
      await focus("Bo");
      await ana.press("button", "React");
      await ana.sees("textbox", "Find an emoji");
      await ana.picks("🐯", "tiger");
      await told((entry) => entry.kind === "reacted" && entry.emoji === "🐯" && entry.on);
      await ana.sees("button", "🐯 1 person, you too");
    });

    test("mentions are completed, and drawn for whom they are meant", async () => {
      await type("hey @b");
      await ana.sees("option", "Bo");
      await key("Enter");
      await ana.types("look");
      await key("Enter");
      const { message } = await told(
        (entry) => entry.kind === "message" && entry.message.body.text === "hey @Bo look",
      );
      assert.deepEqual(message.mentions, [await bo.identity()]);
      const identity = message.author.identity;
      await bo.write(room, `@${ana.name} here`, { mentions: [identity] });
      await ana.becomes(
        () => page.evaluate(() => document.querySelector(".to-me .mention")?.textContent),
        new RegExp(`@${ana.name}`),
      );
    });

    test("a message is deleted for everyone, after a second press", async () => {
      await say("a slip");
      await told((entry) => entry.kind === "message" && entry.message.body.text === "a slip");
      await ana.reads("a slip");
      const last = await page.evaluateHandle(() => [...document.querySelectorAll(".msg")].at(-1));
      await last.asElement().focus();
      await key("Enter");
      await ana.press("button", "Delete");
      await ana.press("button", "Delete for everyone?");
      await told((entry) => entry.kind === "deleted");
      await ana.reads(`Message deleted by ${ana.name}`);
    });

    test("what is new elsewhere is counted, and shown by a line", async () => {
      await ana.press("link", "Gaming");
      await ana.sees("heading", "Gaming");
      await bo.write(room, "while you were away");
      await bo.write(room, "and once more");
      await ana.becomes(
        async () => (await ana.sees("link", room)).evaluate((link) => link.textContent),
        /2 unread/,
      );
      await ana.press("link", room);
      await ana.sees("heading", room);
      await ana.sees("separator", "New since");
      await ana.seesNo("anything", "2 unread");
    });

    test("what is half written waits in its room", async () => {
      await type("to be contin");
      await ana.press("link", "Gaming");
      await ana.sees("heading", "Gaming");
      const written = async () =>
        (await ana.sees("textbox", "Write to the room")).evaluate(({ value }) => value);
      assert.equal(await written(), "");
      await ana.press("link", room);
      await ana.sees("heading", room);
      assert.equal(await written(), "to be contin");
      await type("ued");
      await key("Enter");
      await told((entry) => entry.message?.body.text === "to be continued");
    });

    test("what is written without a server goes out later, once, also over a reload", async () => {
      await path.order("tcp cut");
      await ana.sees("status", "Reconnecting", 40);
      await say("from the tunnel");
      await ana.reads("Waiting for the server.");
      await say("given up");
      await ana.becomes(
        () => page.evaluate(() => document.querySelectorAll(".m-wait").length),
        /2/,
      );
      await page.evaluate(() => [...document.querySelectorAll(".m-wait button")].at(-1).click());
      await path.order("tcp heal");
      await page.reload();
      await told((entry) => entry.message?.body.text === "from the tunnel");
      await ana.sees("heading", room);
      await ana.seesNo("anything", "Waiting for the server.");
      const { messages } = await bo.ask({
        type: "chat:history",
        conversation: { room },
        limit: 20,
      });
      const texts = messages.map(({ body }) => body.text);
      assert.equal(texts.filter((text) => text === "from the tunnel").length, 1);
      assert.ok(!texts.includes("given up"));
    });

    test("a quote leads to what it answers, and back to the end", async () => {
      const first = await bo.write(room, "the very first of many");
      for (let batch = 0; batch < 5; batch++) {
        await Promise.all(Array.from({ length: 80 }, (_, at) => bo.write(room, `line ${at}`)));
      }
      await bo.write(room, "as I said", { reply_to: first });
      await ana.reads("Answers Bo the very first of many");
      await page.evaluate(() => [...document.querySelectorAll(".quote button")].at(-1).click());
      await ana.becomes(
        () => page.evaluate(() => document.activeElement.textContent),
        /the very first of many/,
      );
      await ana.press("button", "Newest");
      await ana.reads("as I said");
      await ana.seesNo("button", "Newest");
    });

    test("a message is found by its words, and shown where it was written", async () => {
      await ana.press("link", "Gaming");
      await ana.sees("heading", "Gaming");
      await ana.press("button", "Find anything");
      await ana.fill("Find anything", "very first of many");
      const hit = await ana.sees("option", "the very first of many");
      assert.match(await hit.evaluate(({ textContent }) => textContent), new RegExp(`Bo, ${room}`));
      await hit.click();
      await ana.sees("heading", room);
      await ana.becomes(
        () => page.evaluate(() => document.activeElement.textContent),
        /the very first of many/,
      );
      await ana.press("button", "Newest");
      await ana.reads("as I said");
    });

    test("a long room is read back without a jump, and never drawn whole", async () => {
      for (let batch = 0; batch < 2; batch++) {
        await Promise.all(
          Array.from({ length: 100 }, (_, at) => bo.write(room, `long ${batch} ${at}`)),
        );
      }
      await ana.reads("long 1 99");
      /** Scrolls up by a screen and says how far what was on top has moved besides, and how much is drawn. */
      const up = () =>
        page.evaluate(async () => {
          const log = document.querySelector(".log");
          const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
          const top = () => log.getBoundingClientRect().top;
          log.scrollTop -= log.clientHeight;
          const rows = [...log.querySelectorAll(".msg")];
          const row = rows.find((row) => row.getBoundingClientRect().bottom > top());
          const before = row.getBoundingClientRect().top;
          let moved = 0;
          for (let frames = 0; frames < 12; frames++) {
            await frame();
            moved = Math.max(moved, Math.abs(row.getBoundingClientRect().top - before));
          }
          return { moved, drawn: log.querySelectorAll(".msg").length, first: row.textContent };
        });
      let most = 0;
      let last = "";
      for (let screens = 0; !last.includes("Hello there"); screens++) {
        assert.ok(screens < 400, `the beginning is not reached, but ${last}`);
        const { moved, drawn, first } = await up();
        assert.ok(moved <= 2, `${first} jumped by ${moved} px`);
        most = Math.max(most, drawn);
        last = first;
      }
      assert.ok(most > 150 && most <= 300, `${most} drawn`);
    });
  });
}
