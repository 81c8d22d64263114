// Notices outside the page, in Chromium and in Firefox: asked for when something was missed, shown for
// what is written to oneself while nobody looks, and only then.
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
  // Firefox needs a sound card.
  sound = await startSound(["notices"]);
  hearth = await startHearth({ "limits.enabled": false });
  witness = await startChromium({ hz: 900, environment: sound.environment("notices") });
  await witness.page.goto(`${hearth.url}/api/health`);
  await becomeCaller(witness.page);
  await witness.page.evaluate(() => caller.hello("Bo"));
  await witness.page.evaluate(() => caller.ask({ type: "room:join", room: "general" }));
});

after(async () => {
  await witness?.close();
  await hearth?.stop();
  await sound?.stop();
});

for (const [kind, start] of Object.entries({ Chromium: startChromium, Firefox: startFirefox })) {
  describe(kind, () => {
    let browser;
    let page;
    let ana;

    /** Bo writes: to Ana alone, or in the room, to her or to nobody. */
    const write = (text, { alone = false, mentions = true } = {}) =>
      witness.page.evaluate(
        async ([name, text, alone, mentions]) => {
          const { rooms } = await caller.ask({ type: "room:list" });
          const people = rooms.flatMap(({ participants }) => participants);
          const { identity } = people.find((person) => person.name === name);
          const message = crypto.randomUUID().replaceAll("-", "");
          const conversation = alone ? { person: identity } : { room: "general" };
          const named = alone || !mentions ? {} : { mentions: [identity] };
          await caller.ask({ type: "chat:send", conversation, message, text, ...named });
        },
        [ana.name, text, alone, mentions],
      );
    /** What the browser is given to show outside the page. */
    const given = () => page.evaluate(() => given.join(" | "));
    /** What it shows there. */
    const shown = () =>
      page.evaluate(async () => {
        const registration = await navigator.serviceWorker.getRegistration();
        const notices = (await registration?.getNotifications()) ?? [];
        return notices.map(({ title, body }) => `${title}: ${body}`).join(" | ");
      });
    /** No window of the tests has the eye of a person: whether one looks is said. */
    const look = (looks) =>
      page.evaluate((looks) => {
        document.hasFocus = () => looks;
        window.dispatchEvent(new Event(looks ? "focus" : "blur"));
      }, looks);

    before(async () => {
      browser = await start({
        hz: 500,
        environment: sound.environment("notices"),
        permissions: ["notifications"],
      });
      page = browser.page;
      ana = new Visitor(`Ana-${kind}`, page);
      const early = (page.addInitScript ?? page.evaluateOnNewDocument).bind(page);
      await early(note);
      await page.goto(hearth.url);
      await ana.fill("Your name", ana.name);
      await ana.press("button", "Just listen");
      await ana.press("link", "General");
      await ana.sees("heading", "General");
    });

    after(() => browser?.close());

    test("what was missed is the moment to ask", async () => {
      await look(true);
      await write("you are looking");
      await ana.reads("you are looking");
      assert.equal(await page.evaluate(() => document.querySelector(".floating")), null);
      await look(false);
      await write("you were away");
      await ana.reads("you were away");
      assert.equal(await page.evaluate(() => document.querySelector(".floating")), null);
      await look(true);
      await ana.sees("status", "Somebody wrote to you while you were away.");
      await ana.picture("ask-notices");
      assert.equal(await given(), "");
      await ana.press("button", "Tell me");
      await ana.seesNo("status", "Somebody wrote to you");
    });

    test("a mention and a letter are told while nobody looks, and nothing else is", async () => {
      await look(false);
      await write("to nobody", { mentions: false });
      await write("**hello** again");
      await ana.becomes(given, /^Bo: hello again$/);
      // Without a screen, Firefox has no place to show it.
      if (kind === "Chromium") await ana.becomes(shown, /^Bo: hello again$/);
      await write("between us", { alone: true });
      await ana.becomes(given, /Bo: between us$/);
      await look(true);
      await write("seen at once");
      await ana.reads("seen at once");
      assert.ok(!(await given()).includes("seen at once"));
    });

    test("it can be switched off", async () => {
      await ana.press("button", "Voice and sound settings");
      await ana.press("switch", "Tell me when somebody writes to me");
      await ana.press("button", "Close settings");
      await look(false);
      await write("not told");
      await ana.reads("not told");
      assert.ok(!(await given()).includes("not told"));
    });
  });
}

/** Runs in the page before anything else: notes what the browser is given to show. */
function note() {
  window.given = [];
  const { prototype } = window.ServiceWorkerRegistration ?? {};
  if (!prototype) return;
  const { showNotification } = prototype;
  prototype.showNotification = function (title, options) {
    given.push(`${title}: ${options.body}`);
    return showNotification.call(this, title, options);
  };
}
