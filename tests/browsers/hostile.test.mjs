// What somebody hostile can write into every field that others see: nothing of it may ever run.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { becomeCaller } from "./caller.mjs";
import { startChromium } from "./chromium.mjs";
import { startFirefox } from "./firefox.mjs";
import { startHearth } from "./program.mjs";
import { startSound } from "./sound.mjs";
import { Visitor } from "./visitor.mjs";

const RUN = "window.__ran=1";
const HOLES = [
  (run) => `<script>${run}</script>`,
  (run) => `<img src=x onerror="${run}">`,
  (run) => `<svg onload="${run}">`,
  (run) => `<svg><animate onbegin="${run}" attributeName=x dur=1s>`,
  () => `<iframe srcdoc="<script>parent.__ran=1</script>"></iframe>`,
  (run) => `<body onload="${run}">`,
  (run) => `<input autofocus onfocus="${run}">`,
  (run) => `<details open ontoggle="${run}">`,
  (run) => `<a href="javascript:${run}">x</a>`,
  (run) => `<math><mtext><table><mglyph><style><img src=x onerror="${run}">`,
  (run) => `<video><source onerror="${run}"></video>`,
  (run) => `<style>@import "javascript:${run}"</style>`,
  (run) => `<base href="javascript:${run}//">`,
  (run) => `<object data="javascript:${run}"></object>`,
  (run) => `<form action="javascript:${run}"><button autofocus>x</button></form>`,
  (run) => `[x](javascript:${run})`,
  (run) => `[x]( javascript:${run})`,
  (run) => `[x](JaVaScRiPt:${run})`,
  (run) => `[x](java\tscript:${run})`,
  (run) => `[x](data:text/html,<script>${run}</script>)`,
  (run) => `[x](vbscript:${run})`,
  (run) => `[x](https://a.b" onmouseover="${run})`,
  (run) => `https://a.b/"onmouseover="${run}`,
  (run) => `https://a.b/'><img src=x onerror=${run}>`,
  (run) => `javascript:${run}`,
];
const WRAPS = [
  (text) => text,
  (text) => `">${text}`,
  (text) => `'>${text}`,
  (text) => `</textarea>${text}`,
  (text) => `</title>${text}`,
  (text) => `**${text}**`,
  (text) => `*${text}*`,
  (text) => `~~${text}~~`,
  (text) => `\`${text}\``,
  (text) => `\`\`\`\n${text}\n\`\`\``,
  (text) => `> ${text}`,
  (text) => `- ${text}`,
  (text) => `1. ${text}`,
  (text) => `[${text}](https://example.org)`,
  (text) => `--><!--${text}`,
  (text) => `]]>${text}`,
  (text) => `\u0000${text}`,
  (text) => `{{constructor.constructor('${RUN}')()}}${text}`,
  (text) => `\${${RUN}}${text}`,
  (text) => text.replaceAll("<", "&lt;"),
];
const PAYLOADS = HOLES.flatMap((hole) => WRAPS.map((wrap) => wrap(hole(RUN))));

let hearth;
let sound;
let witness;

before(async () => {
  sound = await startSound(["hostile"]);
  hearth = await startHearth({ "limits.enabled": false });
  witness = await startChromium({ hz: 900, environment: sound.environment("hostile") });
  await witness.page.goto(`${hearth.url}/api/health`);
  await becomeCaller(witness.page);
  await witness.page.evaluate(() => caller.hello("Mallory"));
});

after(async () => {
  await witness?.close();
  await hearth?.stop();
  await sound?.stop();
});

const ask = (message) => witness.page.evaluate((message) => caller.ask(message), message);
/** Asks for what may be refused: whether it was taken. */
const tries = (message) =>
  witness.page.evaluate(
    (message) =>
      caller.ask(message).then(
        () => true,
        () => false,
      ),
    message,
  );

/** Writes into General; the number of the message, 0 if it was refused. */
const write = (more) =>
  witness.page.evaluate(
    (message) =>
      caller.ask(message).then(
        ({ position }) => position.seq,
        () => 0,
      ),
    {
      type: "chat:send",
      conversation: { room: "general" },
      message: crypto.randomUUID().replaceAll("-", ""),
      ...more,
    },
  );

for (const [kind, start] of Object.entries({ Chromium: startChromium, Firefox: startFirefox })) {
  describe(kind, () => {
    let browser;
    let page;
    let ana;

    /** Nothing ran, and nothing stands there that could. */
    const harmless = async (where) => {
      const found = await page.evaluate(() => ({
        ran: window.__ran,
        elements: document.querySelectorAll(
          "#hearth :is(script, iframe, object, embed, base, style, form[action], math, video)",
        ).length,
        handlers: [...document.querySelectorAll("#hearth *")].filter((element) =>
          [...element.attributes].some(({ name }) => name.startsWith("on")),
        ).length,
        links: [...document.querySelectorAll("#hearth a[href]")].filter(
          ({ protocol }) => !["http:", "https:"].includes(protocol),
        ).length,
      }));
      assert.deepEqual(found, { ran: undefined, elements: 0, handlers: 0, links: 0 }, where);
    };

    before(async () => {
      browser = await start({ hz: 500, environment: sound.environment("hostile") });
      page = browser.page;
      ana = new Visitor(`Ana-${kind}`, page);
      await ask({ type: "room:join", room: "general" });
      await page.goto(`${hearth.url}/#/r/general`);
      await ana.fill("Your name", ana.name);
      await ana.press("button", "Just listen");
      await ana.sees("heading", "General");
    });

    after(() => browser?.close());

    test("no script that stands in the page runs: only those that the server has", async () => {
      const policy = await page.evaluate(async () => {
        const { headers } = await fetch("/");
        return headers.get("content-security-policy");
      });
      const scripts = policy.split(";").find((rule) => rule.trim().startsWith("script-src"));
      assert.match(scripts, /'self'/);
      assert.doesNotMatch(scripts, /'unsafe-eval'|data:|blob:|https?:|\*/);
      assert.doesNotMatch(policy, /unsafe-inline/);
      assert.match(policy, /default-src 'none'/);
      const ran = await page.evaluate((run) => {
        const script = document.createElement("script");
        script.textContent = run;
        document.head.append(script);
        script.remove();
        return window.__ran;
      }, RUN);
      assert.equal(ran, undefined);
    });

    test("500 payloads as messages, each an answer to another", async () => {
      assert.equal(PAYLOADS.length, 500);
      let before = [];
      for (let at = 0; at < PAYLOADS.length; at += 50) {
        const batch = PAYLOADS.slice(at, at + 50);
        const written = await Promise.all(
          batch.map((text, index) => write({ text, reply_to: before[index] })),
        );
        assert.ok(written.every(Boolean), "a message was refused: the test would prove nothing");
        before = written;
        await write({ text: `batch ${kind} ${at}` });
        await ana.reads(`batch ${kind} ${at}`);
        await harmless(`messages from ${at}`);
      }
      const quotes = await page.evaluate(() => document.querySelectorAll(".log .quote").length);
      assert.ok(quotes >= 50, `${quotes} quotes are shown`);
    });

    test("500 payloads as what somebody says of themselves", async () => {
      const identity = await page.evaluate(
        () => JSON.parse(localStorage["hearth.pass"] ?? sessionStorage["hearth.pass"]).identity,
      );
      // Their sheet shows it; it is opened while their seat is the one button of that name.
      await ana.press("button", "Mallory");
      await ana.sees("heading", "Mallory");
      await ask({
        type: "chat:send",
        conversation: { person: identity },
        message: crypto.randomUUID().replaceAll("-", ""),
        text: PAYLOADS[1],
      });
      let taken = 0;
      for (let at = 0; at < PAYLOADS.length; at += 50) {
        for (const payload of PAYLOADS.slice(at, at + 50)) {
          taken += await tries({ type: "profile:set", status: [...payload].slice(0, 80).join("") });
        }
        await ask({ type: "profile:set", status: `${at} <img src=x onerror="${RUN}">` });
        await ana.reads(`${at} <img src=x`);
        await harmless(`what is said of oneself, from ${at}`);
      }
      assert.ok(taken > 300, `only ${taken} were taken`);
      await page.keyboard.press("Escape");
      await ana.seesNo("heading", "Mallory");
    });

    test("payloads around a voice message", async () => {
      const upload = (headers, tail) =>
        witness.page.evaluate(
          async ({ headers, tail }) => {
            const sound = new AudioContext();
            const tone = sound.createOscillator();
            const out = sound.createMediaStreamDestination();
            tone.connect(out);
            tone.start();
            const recorder = new MediaRecorder(out.stream);
            const parts = [];
            recorder.ondataavailable = ({ data }) => parts.push(data);
            const stopped = new Promise((done) => {
              recorder.onstop = done;
            });
            recorder.start();
            await new Promise((done) => {
              tone.onended = done;
              tone.stop(sound.currentTime + 0.5);
            });
            recorder.stop();
            await stopped;
            await sound.close();
            const { token } = caller.welcome;
            const answer = await fetch("/api/blobs", {
              method: "POST",
              headers: { Authorization: `Bearer ${token}`, ...headers },
              body: new Blob([...parts, tail]),
            });
            return { status: answer.status, ...(await answer.json().catch(() => ({}))) };
          },
          { headers, tail },
        );
      // What it is called and what it says that it is counts for nothing; what hangs on it is refused.
      const { blob, mime } = await upload(
        {
          "Content-Type": "text/html",
          "Content-Disposition": `attachment; filename="<img src=x onerror=${RUN}>.html"`,
        },
        "",
      );
      assert.match(mime, /^audio\//);
      assert.equal((await upload({}, PAYLOADS[0])).status, 415);
      const say = (more) =>
        tries({
          type: "chat:voice",
          conversation: { room: "general" },
          message: crypto.randomUUID().replaceAll("-", ""),
          blob,
          duration_ms: 500,
          peaks: [1, 200, 30],
          ...more,
        });
      for (const payload of PAYLOADS.slice(0, 25)) {
        for (const more of [{ blob: payload }, { peaks: [payload] }, { duration_ms: payload }]) {
          assert.ok(!(await say(more)), "a voice message that is none was taken");
        }
      }
      assert.ok(await say({}));
      await ana.becomes(
        () => page.evaluate(() => document.querySelectorAll(".vm").length),
        /^[1-9]/,
      );
      await harmless("a voice message");
    });

    test("payloads as names, topics and icons of rooms, until no more fit, and as emoji", async () => {
      let rooms = 0;
      for (const [at, payload] of PAYLOADS.entries()) {
        const name = `${kind[0]}${at} ${payload}`.slice(0, 30);
        const icon = at % 5 === 0 ? payload.slice(0, 30) : "🪴";
        rooms += await tries({ type: "room:create", name, icon, topic: payload.slice(0, 200) });
        await tries({
          type: "chat:react",
          conversation: { room: "general" },
          of: 1,
          emoji: payload.slice(0, 30),
          on: true,
        });
        if (rooms > 40) break;
      }
      await ana.becomes(
        () => page.evaluate(() => document.querySelectorAll(".rail .row").length),
        /\d\d/,
      );
      await harmless("rooms");
    });

    test("payloads as names of people", async () => {
      for (const payload of PAYLOADS.slice(0, 25)) {
        const taken = await witness.page.evaluate(
          async (name) => {
            const socket = new WebSocket(`${location.origin.replace("http", "ws")}/ws`);
            await new Promise((open) => {
              socket.onopen = open;
            });
            const answer = await new Promise((done) => {
              socket.onmessage = ({ data }) => done(JSON.parse(data));
              socket.send(JSON.stringify({ id: 1, type: "hello", protocol: 1, name }));
            });
            socket.close(1000);
            return answer.type;
          },
          payload.slice(0, 20),
        );
        assert.equal(taken, "error", payload);
      }
      await harmless("names");
    });

    test("payloads that one writes and searches for oneself", async () => {
      const field = await ana.sees("textbox", "Write to the room");
      await field.focus();
      for (const payload of HOLES.map((hole) => hole(RUN))) {
        await field.evaluate((field, text) => {
          const set = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set;
          set.call(field, text);
          field.dispatchEvent(new Event("input", { bubbles: true }));
        }, payload);
        await page.keyboard.press("Enter");
      }
      await ana.types("done");
      await page.keyboard.press("Enter");
      await ana.reads("done");
      await harmless("own messages");
    });
  });
}
