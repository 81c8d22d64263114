// Looks at a screen as a person and as a screen reader would: pictures in both sizes and lights,
// kept in tests/artifacts/, and axe's verdict on each.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const ARTIFACTS = join(import.meta.dirname, "../artifacts/screens");

const SIZES = {
  wide: { width: 1440, height: 900 },
  phone: { width: 390, height: 844 },
};
/** Where the layout alone is judged: the smallest phone, and a wall. */
const EXTREMES = {
  small: { width: 360, height: 640 },
  vast: { width: 3840, height: 2160 },
};
const LIGHTS = { night: "dark", day: "light" };

/**
 * Pictures and judges what `page` (Playwright) shows; fails with all that axe finds. On a phone
 * things stand behind tabs: `tab` names the one to look at, the others are as they were.
 */
export async function judge(page, screen, tab) {
  mkdirSync(ARTIFACTS, { recursive: true });
  const found = [];
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    if (tab) await page.evaluate(show, tab);
    for (const [light, colorScheme] of Object.entries(LIGHTS)) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(settled);
      await page.screenshot({ path: join(ARTIFACTS, `${screen}-${size}-${light}.png`) });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) found.push(`${size}, ${light}: ${wide} px too wide`);
      for (const violation of await axe(page)) found.push(`${size}, ${light}: ${violation}`);
    }
  }
  for (const [size, viewport] of Object.entries(EXTREMES)) {
    await page.setViewportSize(viewport);
    await page.evaluate(settled);
    await page.screenshot({ path: join(ARTIFACTS, `${screen}-${size}.png`) });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) found.push(`${size}: ${wide} px too wide`);
  }
  await page.setViewportSize(SIZES.wide);
  assert.deepEqual(found, [], screen);
}

/** What axe finds on a page of either browser, a line each. */
export async function axe(page) {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document, {
      rules: { "label-content-name-mismatch": { enabled: true } },
      resultTypes: ["violations"],
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => {
        const why = failureSummary.replace(/\s+/g, " ");
        return `${id} at ${target.join(" ")}: ${why}`;
      }),
    );
  });
}

/** Runs in the page: presses a tab, where there are any. */
function show(name) {
  const tabs = [...document.querySelectorAll(".tabs button")].filter((tab) =>
    tab.checkVisibility(),
  );
  tabs.find((tab) => tab.textContent.startsWith(name))?.click();
}

/** Runs in the page: resolves when the look has come to rest and nothing moves but for ever. */
async function settled() {
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  const passing = document
    .getAnimations()
    .filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity);
  await Promise.allSettled(passing.map(({ finished }) => finished));
}
