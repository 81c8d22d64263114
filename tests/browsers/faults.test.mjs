// What goes wrong and how it is shown, in Chromium and in Firefox: no microphone, a server that dies,
// another tab. Cuts of the network are in page.test.mjs, full and locked rooms and whoever is sent out
// in flows.test.mjs and moderation.test.mjs, a page without encryption in look.test.mjs.
import { after, before, describe, test } from "node:test";
import { startChromium } from "./chromium.mjs";
import { startFirefox } from "./firefox.mjs";
import { startHearth, startPath } from "./program.mjs";
import { startSound } from "./sound.mjs";
import { Visitor } from "./visitor.mjs";

const BROWSERS = { Chromium: startChromium, Firefox: startFirefox };
const OTHER = { Chromium: "Firefox", Firefox: "Chromium" };

let path;
let sound;
let settings;
let hearth;
const browsers = {};
const at = {};

before(async () => {
  sound = await startSound(["Chromium", "Firefox", "denied"]);
  path = await startPath();
  settings = {
    "sfu.public_addresses": [path.udp],
    "sfu.advertise_local": false,
    "limits.enabled": false,
    "sfu.consent_timeout_ms": 10_000,
  };
  hearth = await startHearth(settings);
  await path.order(`lead ${hearth.address}`);
  for (const [kind, start] of Object.entries(BROWSERS)) {
    browsers[kind] = await start({ hz: 500, environment: sound.environment(kind) });
    const { page } = browsers[kind];
    const early = (page.addInitScript ?? page.evaluateOnNewDocument).bind(page);
    await early(watch);
    at[kind] = new Visitor(`Ana-${kind}`, page);
    await at[kind].walkIn(`http://${path.tcp}`, "General");
  }
});

after(async () => {
  for (const browser of Object.values(browsers)) await browser.close();
  await hearth?.stop();
  await path?.stop();
  await sound?.stop();
});

test("a server that is killed is waited for, and all are back when it is there again", async () => {
  await hearth.kill();
  for (const ana of Object.values(at)) await ana.sees("status", "Reconnecting", 40);
  hearth = await startHearth(settings, hearth.folder);
  await path.order(`lead ${hearth.address}`);
  for (const [kind, ana] of Object.entries(at)) {
    await ana.sees("status", "The server restarted.", 60);
    await ana.picture("restarted");
    await ana.sees("button", `Ana-${OTHER[kind]}, speaking`, 60);
    await ana.seesNo("alert", "Voice is interrupted");
  }
});

test("why a voice closed is said with the state of the connection, and in a bug report", async () => {
  await path.order("udp cut");
  for (const [kind, ana] of Object.entries(at)) {
    const { page } = browsers[kind];
    await ana.sees("alert", "Voice is interrupted", 60);
    await ana.press("button", "Connection");
    const panel = () =>
      page.evaluate(() => document.querySelector(".stats[open]")?.innerText ?? "");
    await ana.becomes(panel, /Nothing more came from this browser|No path to the server/, 90);
    await page.evaluate(() => {
      navigator.clipboard.writeText = async (text) => {
        window.copied = text;
      };
    });
    await ana.press("button", "Copy for a bug report");
    const copied = () => page.evaluate(() => window.copied ?? "");
    await ana.becomes(copied, /"closed": "(consent_expired|never_connected)"/);
    await page.keyboard.press("Escape");
  }
  await path.order("udp heal");
  for (const [kind, ana] of Object.entries(at)) {
    await ana.seesNo("alert", "Voice is interrupted", 60);
    await ana.sees("button", `Ana-${OTHER[kind]}, speaking`, 60);
  }
});

test("a server that is away is said in the settings and before all rooms too", async () => {
  const { Chromium: settled, Firefox: outside } = at;
  await settled.press("button", "Voice and sound settings");
  await settled.sees("heading", "Settings");
  await outside.press("button", "Leave voice");
  await outside.sees("button", "Open a new room");
  await hearth.kill();
  for (const ana of [settled, outside]) await ana.sees("status", "Reconnecting", 40);
  await outside.picture("lobby-reconnecting");
  hearth = await startHearth(settings, hearth.folder);
  await path.order(`lead ${hearth.address}`);
  for (const ana of [settled, outside]) await ana.seesNo("status", "Reconnecting", 60);
  await settled.press("button", "Close settings");
  await outside.press("link", "General");
  await settled.sees("button", `${outside.name}, speaking`, 60);
  await outside.sees("button", `${settled.name}, speaking`, 60);
});

for (const [kind, start] of Object.entries(BROWSERS)) {
  describe(kind, () => {
    test("the last microphone is pulled out while one talks, and put back", async () => {
      const { page } = browsers[kind];
      const ana = at[kind];
      const other = at[OTHER[kind]];
      await other.sees("button", `${ana.name}, speaking`);
      await page.evaluate(() => {
        window.unplugged = true;
        const [track] = window.capture.getAudioTracks();
        track.stop();
        track.dispatchEvent(new Event("ended"));
      });
      await ana.sees("alert", "We found no microphone.");
      await ana.picture("unplugged");
      await other.seesNo("button", `${ana.name}, speaking`);
      await page.evaluate(() => {
        window.unplugged = false;
        navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
      });
      await ana.seesNo("alert", "We found no microphone.");
      await other.sees("button", `${ana.name}, speaking`);
    });

    test("another tab takes over, and gives back", async () => {
      const { page } = browsers[kind];
      const ana = at[kind];
      const tab = await (page.context?.() ?? page.browser()).newPage();
      const second = new Visitor(`${ana.name}-2`, tab);
      await tab.goto(`http://${path.tcp}/#/r/general`);
      await second.press("button", "Use Hearth here");
      await ana.sees("heading", "You moved to another tab");
      await second.press("link", "General");
      await second.sees("heading", "General");
      await page.bringToFront();
      await ana.press("button", "Use Hearth here");
      await second.sees("heading", "You moved to another tab");
      await ana.sees("link", "General");
      await tab.close();
    });

    test("whoever refuses the microphone is told how to allow it, and can listen", async () => {
      const refuses = await start({
        hz: 500,
        microphone: "denied",
        environment: sound.environment("denied"),
      });
      try {
        const visitor = new Visitor(`Ira-${kind}`, refuses.page);
        await refuses.page.goto(`http://${path.tcp}/#/r/general`);
        await visitor.fill("Your name", visitor.name);
        // A browser that has not asked yet asks now.
        const asks = await refuses.page.evaluate(
          async () =>
            (await navigator.permissions.query({ name: "microphone" })).state !== "denied",
        );
        if (asks) await visitor.press("button", "Join with microphone");
        await visitor.sees("alert", "The browser is blocking your microphone");
        await visitor.press("button", "Just listen");
        await visitor.sees("heading", "General");
        await visitor.sees("button", "Use microphone");
        await visitor.sees("button", `Ana-${OTHER[kind]}, speaking`);
        for (const wish of ["Use microphone", "Record a voice message"]) {
          await visitor.press("button", wish);
          await visitor.sees("alert", "The browser is blocking your microphone");
          await visitor.picture("no-microphone");
          await refuses.page.keyboard.press("Escape");
          await visitor.seesNo("alert", "The browser is blocking your microphone");
        }
      } finally {
        await refuses.close();
      }
    });
  });
}

/** Runs in the page before anything else: the newest capture, and a microphone that can be pulled out. */
function watch() {
  const { mediaDevices } = navigator;
  // A page like about:blank has none.
  if (!mediaDevices) return;
  const open = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (wanted) => {
    if (window.unplugged) throw new DOMException("pulled out", "NotFoundError");
    window.capture = await open(wanted);
    return window.capture;
  };
}
