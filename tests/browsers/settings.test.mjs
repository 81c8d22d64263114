// What people set, in Chromium and Firefox, and what others hear of it: two change things, the
// third listens.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { becomeCaller } from "./caller.mjs";
import { Company } from "./company.mjs";
import { isHeard } from "./sound.mjs";
import { Visitor } from "./visitor.mjs";

const HZ = { Ana: 1300, Bo: 900, Fay: 1500 };
/** The highest note of somebody's coming and going. */
const BELL_HZ = 659.25;

const company = new Company();
const { people: browsers, ears } = company;
const at = {};

before(() =>
  company.gather(
    HZ,
    {},
    async (name, page) => {
      at[name] = new Visitor(name, page);
      await at[name].walkIn(company.hearth.url, "General");
    },
    { volume: 0.2, even: true },
  ),
);

after(() => company.part());

for (const name of ["Ana", "Fay"]) {
  const heard = () => ears.Bo.hears([HZ[name]]);
  const silent = () => ears.Bo.hearsNone([HZ[name]]);

  test(`${name} takes noise out, the strong way and not at all`, async () => {
    await at[name].press("button", "Voice and sound settings");
    await at[name].press("radio", "Strong");
    // An even tone is no voice.
    await silent();
    await at[name].press("radio", "Off");
    await heard();
  });

  test(`${name} is heard only while a key is held`, async () => {
    const { page } = browsers[name];
    await at[name].press("switch", "Push to talk");
    await silent();
    await page.keyboard.down("KeyV");
    await heard();
    await page.keyboard.up("KeyV");
    await silent();
    // Who types does not talk.
    await page.keyboard.down("Control");
    await page.keyboard.press("KeyK");
    await page.keyboard.up("Control");
    const search = await at[name].sees("textbox", "Find anything");
    await page.keyboard.down("KeyV");
    assert.equal(await search.evaluate((box) => box.value), "v");
    await silent();
    await page.keyboard.up("KeyV");
    await page.keyboard.press("Escape");
    await at[name].press("switch", "Push to talk");
    await heard();
  });

  test(`${name} sends only what is louder than the mark`, async () => {
    await at[name].press("switch", "Even out my volume");
    await at[name].slide("Send only what is louder", "End");
    await silent();
    await at[name].slide("Send only what is louder", "Home");
    await heard();
    await at[name].press("switch", "Even out my volume");
  });

  test(`${name} sends music untouched, in stereo and at its rate`, async () => {
    const { page } = browsers[name];
    const sends = () =>
      page.evaluate(async () => {
        const all = await window.hearth.call.stats();
        const sent = all.find(({ type }) => type === "outbound-rtp");
        const codec = all.find(({ id }) => id === sent?.codecId);
        return { fmtp: codec?.sdpFmtpLine ?? "", bytes: sent?.bytesSent ?? 0, at: sent?.timestamp };
      });
    const fmtp = async () => (await sends()).fmtp;
    const rate = async () => {
      const before = await sends();
      await ears.Bo.listen(1);
      const now = await sends();
      return ((now.bytes - before.bytes) * 8) / (now.at - before.at);
    };
    await at[name].press("radio", "128 kbit/s");
    await at[name].becomes(fmtp, /(?=.*stereo=1)(?=.*maxaveragebitrate=128000)/);
    await heard();
    // An even tone is spared much, but not as much as a voice is.
    await at[name].becomes(async () => (await rate()) > 70, /true/);
    await at[name].seesNo("switch", "Echo cancellation");
    await at[name].press("radio", "Music 64");
    await at[name].becomes(fmtp, /(?=.*stereo=1)(?=.*maxaveragebitrate=64000)/);
    await at[name].becomes(async () => (await rate()) < 70, /true/);
    await at[name].press("radio", "Voice");
    await at[name].becomes(fmtp, /^(?!.*maxaveragebitrate)/);
    await heard();
  });

  test(`${name} hears somebody come and go, unless that is off`, async () => {
    const page = await browsers.Bo.another();
    await page.goto(`${company.hearth.url}/api/health`);
    await becomeCaller(page);
    await page.evaluate((name) => caller.hello(name), `Guest of ${name}`);
    const come = () => page.evaluate(() => caller.ask({ type: "room:join", room: "general" }));
    const go = () => page.evaluate(() => caller.ask({ type: "room:leave" }));
    await Promise.all([ears[name].hears([BELL_HZ]), come()]);
    await ears[name].hearsNone([BELL_HZ]);
    await Promise.all([ears[name].hears([BELL_HZ]), go()]);
    await at[name].press("switch", "Coming and going is heard");
    const recorded = ears[name].record();
    await come();
    await at[name].sees("status", `Guest of ${name} joined`);
    await ears[name].listen(1);
    assert.ok(!isHeard(recorded(), BELL_HZ));
    await page.close();
  });

  test(`${name} takes another name, but not one that is taken`, async () => {
    await at[name].press("button", "You");
    await at[name].fill("Your name", "!");
    await at[name].press("button", "Keep it");
    await at[name].reads("2 to 20 letters");
    await at[name].fill("Your name", "Bo");
    await at[name].press("button", "Keep it");
    await at[name].reads("Somebody with this name is here");
    await at.Bo.sees("button", `${name}, speaking`);
    await at[name].fill("Your name", `New ${name}`);
    await at[name].press("button", "Keep it");
    await at[name].sees("button", "Kept");
    await at.Bo.sees("button", `New ${name}, speaking`);
    await heard();
    await at[name].press("button", "Close settings");
  });
}
