// The page as something installed, in Chromium and in Firefox: it opens without a network, says when
// another version is there, and loads it when asked to.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startChromium } from "./chromium.mjs";
import { startFirefox } from "./firefox.mjs";
import { startHearth } from "./program.mjs";
import { startSound } from "./sound.mjs";
import { Visitor } from "./visitor.mjs";

let sound;

before(async () => {
  // Firefox needs a sound card.
  sound = await startSound(["shell"]);
});

after(() => sound?.stop());

for (const [kind, start] of Object.entries({ Chromium: startChromium, Firefox: startFirefox })) {
  describe(kind, () => {
    let hearth;
    let browser;
    let page;
    let ana;

    before(async () => {
      hearth = await startHearth();
      browser = await start({ hz: 500, environment: sound.environment("shell") });
      page = browser.page;
      ana = new Visitor(`Ana-${kind}`, page);
      await page.goto(hearth.url);
      await ana.sees("textbox", "Your name");
    });

    after(async () => {
      await browser?.close();
      await hearth?.stop();
    });

    test("what the door and the house behind it are made of weighs little", async () => {
      const loaded = () =>
        page.evaluate(() =>
          performance
            .getEntriesByType("resource")
            .filter(({ name }) => /\.(js|css)$/.test(name) && !name.endsWith("/worker.js"))
            .map(({ name, encodedBodySize }) => ({ name, encodedBodySize })),
        );
      await ana.becomes(async () => (await loaded()).map(({ name }) => name), /\/app-/);
      const sizes = (await loaded()).map(({ encodedBodySize }) => encodedBodySize);
      assert.ok(!sizes.includes(0), "something came from elsewhere: the test would prove nothing");
      const bytes = sizes.reduce((sum, size) => sum + size, 0);
      assert.ok(bytes <= 200_000, `${bytes} bytes`);
    });

    test("it can be installed: a name, a start, icons of both kinds", async () => {
      const manifest = await page.evaluate(async () => {
        const { href } = document.querySelector("link[rel=manifest]");
        const manifest = await (await fetch(href)).json();
        for (const icon of manifest.icons) {
          const picture = new Image();
          picture.src = icon.src;
          await picture.decode();
          icon.width = picture.naturalWidth;
        }
        return manifest;
      });
      assert.equal(manifest.name, "Hearth");
      assert.equal(manifest.display, "standalone");
      assert.ok(
        manifest.icons.some(({ width, purpose }) => width >= 512 && purpose === "maskable"),
      );
      assert.ok(manifest.icons.some(({ width, purpose }) => width >= 192 && !purpose));
    });

    test("another version is said, not forced, and loaded when one wants it", async () => {
      const state = () =>
        page.evaluate(async () => {
          const registration = await navigator.serviceWorker.getRegistration();
          return `${registration?.active?.state} ${Boolean(navigator.serviceWorker.controller)}`;
        });
      await ana.becomes(state, /activated true/);
      await ana.fill("Your name", `Ana ${kind}`);
      await ana.press("button", "Just listen");
      await ana.press("link", "General");
      await ana.sees("heading", "General");
      assert.equal(await page.evaluate(() => document.querySelector(".floating")), null);
      // What another build's worker is to the browser: another script in the same place.
      await page.evaluate(async () => {
        window.before = true;
        await navigator.serviceWorker.register("/worker.js?another");
      });
      await ana.sees("status", "A new version of Hearth is ready.");
      await ana.picture("renewed");
      await ana.press("button", "Load it");
      // While the page goes, nobody can be asked.
      const before = () => page.evaluate(() => String(window.before)).catch(() => "going");
      await ana.becomes(before, /undefined/);
      await ana.sees("heading", "General");
      await ana.press("button", "Leave voice");
    });

    test("without a network the page is there, and says that the server is not", async () => {
      await hearth.stop();
      await page.goto(`${hearth.url}/?anew`);
      await ana.sees("textbox", "Your name");
      await ana.press("button", "Just listen");
      await ana.reads("The server does not answer. We keep trying.", 40);
      await ana.picture("offline");
    });
  });
}
