// People at the real page: three browsers, each heard through the sound card by the tone that its
// microphone speaks.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Company } from "./company.mjs";
import { longestGap } from "./sound.mjs";
import { Visitor } from "./visitor.mjs";

const HZ = { Ana: 500, Bo: 900, Fay: 1500 };

const company = new Company();
const { people: browsers, ears } = company;
const at = {};
let path;

before(async () => {
  await company.gather(HZ, { "session.resume_ms": 10_000 }, async (name, page) => {
    at[name] = new Visitor(name, page);
    // The page, too, comes through the path.
    await at[name].walkIn(`http://${company.path.tcp}`, "General");
  });
  path = company.path;
});

after(() => company.part());

test("each hears exactly the others", async () => {
  for (const name of Object.keys(HZ)) {
    const others = Object.keys(HZ).filter((other) => other !== name);
    await ears[name].hears(others.map((other) => HZ[other]));
    await ears[name].hearsNone([HZ[name]]);
  }
  for (const name of Object.keys(HZ)) await at[name].picture("room");
});

test("each sees who is there, and who speaks", async () => {
  for (const name of Object.keys(HZ)) {
    await at[name].sees("button", "You");
    for (const other of Object.keys(HZ).filter((other) => other !== name)) {
      await at[name].sees("button", `${other}, speaking`);
    }
  }
});

test("the connection is what was meant", async () => {
  for (const name of Object.keys(HZ)) {
    const stats = await browsers[name].page.evaluate(() => window.hearth.call.stats());
    const transport = stats.find(({ type }) => type === "transport") ?? {};
    console.log(`${name}: DTLS ${transport.tlsVersion ?? "?"}, ${transport.srtpCipher ?? "?"}`);
    if (transport.srtpCipher) assert.match(transport.srtpCipher, /AEAD_AES_256_GCM/);
  }
});

test("mute silences, and is seen", async () => {
  await at.Ana.press("button", "Mute");
  await Promise.all([ears.Bo.hearsNone([HZ.Ana]), ears.Fay.hearsNone([HZ.Ana])]);
  await at.Bo.sees("button", "Ana, muted");
  await at.Ana.press("button", "Mute");
  await Promise.all([ears.Bo.hears([HZ.Ana]), ears.Fay.hears([HZ.Ana])]);
});

test("deafen silences everybody for one", async () => {
  await at.Bo.press("button", "Deafen");
  await ears.Bo.hearsNone([HZ.Ana, HZ.Fay]);
  await ears.Ana.hears([HZ.Fay]);
  await at.Bo.press("button", "Deafen");
  await ears.Bo.hears([HZ.Ana, HZ.Fay]);
});

test("mute for me silences one for one", async () => {
  await at.Ana.press("button", "Bo");
  await at.Ana.press("switch", "Mute for me");
  await ears.Ana.hearsNone([HZ.Bo]);
  await ears.Fay.hears([HZ.Bo]);
  await at.Ana.press("switch", "Mute for me");
  await ears.Ana.hears([HZ.Bo]);
  await at.Ana.page.keyboard.press("Escape");
});

test("a signaling drop does not interrupt voices", async () => {
  const recorded = { Ana: ears.Ana.record(), Fay: ears.Fay.record() };
  await path.order("tcp cut");
  await at.Ana.sees("status", "Reconnecting");
  await at.Ana.picture("reconnecting");
  await ears.Ana.listen(3);
  await path.order("tcp heal");
  for (const name of Object.keys(HZ)) await at[name].seesNo("status", "Reconnecting");
  for (const name of ["Ana", "Fay"]) {
    const gap = longestGap(recorded[name](), HZ.Bo);
    console.log(`${name}: longest gap over a signaling drop ${gap.toFixed(2)} s`);
    assert.ok(gap < 0.6, `${gap} s`);
    await at[name].sees("button", "Bo");
  }
});

test("a path that was cut is repaired", async () => {
  await path.order("udp cut");
  await at.Ana.sees("alert", "Voice is interrupted", 30);
  await at.Ana.picture("interrupted");
  await path.order("udp heal");
  await Promise.all([
    ears.Ana.hears([HZ.Bo, HZ.Fay], 30),
    ears.Bo.hears([HZ.Ana, HZ.Fay], 30),
    ears.Fay.hears([HZ.Ana, HZ.Bo], 30),
  ]);
  await at.Ana.seesNo("alert", "Voice is interrupted");
});

test("a killed browser leaves the room", async () => {
  await browsers.Bo.crash();
  await at.Ana.seesNo("button", "Bo", 40);
  await ears.Ana.hearsNone([HZ.Bo]);
  await ears.Ana.hears([HZ.Fay]);
});

test("leaving by the button is at once", async () => {
  await at.Fay.press("button", "Leave");
  await at.Ana.seesNo("button", "Fay, speaking", 3);
  await ears.Ana.hearsNone([HZ.Fay], 5);
});
