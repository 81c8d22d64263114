// People who call with the tests' own few lines instead of the app: what the server promises any
// browser. Each is heard through the sound card by the tone that its microphone speaks.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { becomeCaller } from "./caller.mjs";
import { Company } from "./company.mjs";
import { longestGap } from "./sound.mjs";

const HZ = { ana: 500, bo: 900, fay: 1500 };

const company = new Company();
const { people, ears } = company;
let path;

before(async () => {
  const settings = {
    // Firefox checks every 4 to 6 seconds.
    "sfu.consent_timeout_ms": 8000,
    "session.resume_ms": 2000,
  };
  await company.gather(HZ, settings, async (name, page) => {
    await page.goto(`${company.hearth.url}/api/health`);
    await becomeCaller(page);
    await page.evaluate((name) => caller.hello(name), name);
    await page.evaluate(() => caller.talk("general"));
  });
  path = company.path;
});

after(() => company.part());

const ask = (name, message) =>
  people[name].page.evaluate((message) => caller.ask(message), message);
const number = (name) => people[name].page.evaluate(() => caller.snapshot.you);

test("each hears exactly the others", async () => {
  for (const name of Object.keys(HZ)) {
    const others = Object.keys(HZ).filter((other) => other !== name);
    await ears[name].hears(others.map((other) => HZ[other]));
    await ears[name].hearsNone([HZ[name]]);
  }
});

test("the speaker of every packet is named in it", async () => {
  const talkers = await people.ana.page.evaluate(() => caller.talkers());
  const others = [await number("bo"), await number("fay")];
  assert.deepEqual(talkers.toSorted(), others.toSorted());
});

test("what was negotiated is what was meant", async () => {
  for (const name of Object.keys(HZ)) {
    const transport = await people[name].page.evaluate(() => caller.transport());
    console.log(`${name}: DTLS ${transport.dtls ?? "?"}, ${transport.srtp ?? "?"}`);
    // Firefox does not tell its DTLS version.
    if (transport.dtls) assert.equal(transport.dtls, "FEFD", "DTLS 1.2");
    if (transport.srtp) assert.match(transport.srtp, /AEAD_AES_256_GCM/);
    assert.ok(transport.packetsReceived > 100);
  }
});

test("who is muted is heard by nobody, and heard again afterwards", async () => {
  await ask("ana", { type: "voice:mute", muted: true });
  await Promise.all([ears.bo.hearsNone([HZ.ana]), ears.fay.hearsNone([HZ.ana])]);
  await ears.bo.hears([HZ.fay]);
  await ask("ana", { type: "voice:mute", muted: false });
  await Promise.all([ears.bo.hears([HZ.ana]), ears.fay.hears([HZ.ana])]);
});

test("who is deafened hears nobody and is heard", async () => {
  await ask("bo", { type: "voice:deafen", deafened: true });
  await ears.bo.hearsNone([HZ.ana, HZ.fay]);
  await ears.ana.hears([HZ.bo]);
  await ask("bo", { type: "voice:deafen", deafened: false });
  await ears.bo.hears([HZ.ana, HZ.fay]);
});

test("who is blocked is silent for the one who blocks", async () => {
  const bo = await number("bo");
  await ask("ana", { type: "voice:block", number: bo, blocked: true });
  await ears.ana.hearsNone([HZ.bo]);
  await ears.fay.hears([HZ.bo]);
  await ask("ana", { type: "voice:block", number: bo, blocked: false });
  await ears.ana.hears([HZ.bo]);
});

test("an ICE restart interrupts nothing", async () => {
  for (const name of ["ana", "fay"]) {
    const recorded = ears[name].record();
    await people[name].page.evaluate(() => caller.restartIce());
    await ears[name].listen(3);
    const gap = longestGap(recorded(), HZ.bo);
    console.log(`${name}: longest gap over an ICE restart ${gap.toFixed(2)} s`);
    assert.ok(gap < 0.5, `${gap} s`);
    await people[name].page.evaluate(() => caller.connected());
  }
});

test("a path that was cut heals by itself", async () => {
  await path.order("udp cut");
  await Promise.all([ears.bo.hearsNone([HZ.ana, HZ.fay]), ears.fay.hearsNone([HZ.bo])]);
  await path.order("udp heal");
  await Promise.all([ears.bo.hears([HZ.ana, HZ.fay]), ears.fay.hears([HZ.ana, HZ.bo])]);
});

test("a changed address costs less than three seconds", async () => {
  const recorded = ears.bo.record();
  await path.order("udp change");
  await ears.bo.listen(6);
  const gap = longestGap(recorded(), HZ.fay);
  console.log(`bo: longest gap over a change of addresses ${gap.toFixed(2)} s`);
  assert.ok(gap < 3, `${gap} s`);
  await ears.bo.hears([HZ.ana, HZ.fay]);
});

test("at 20 % loss people still understand each other", async () => {
  await path.order("udp loss 0.2");
  await ears.bo.hears([HZ.ana, HZ.fay]);
  const recorded = ears.ana.record();
  await ears.ana.listen(4);
  assert.ok(longestGap(recorded(), HZ.fay) < 0.5);
  await path.order("udp heal");
});

test("a certificate that is not the announced one gets no media either way", async () => {
  const page = await people.ana.page.context().newPage();
  await page.goto(`${company.hearth.url}/api/health`);
  await becomeCaller(page);
  await page.evaluate(() => caller.hello("mal"));
  await page.evaluate(() => caller.talk("general", { forged: true }));
  const closed = await page.evaluate(() => caller.happened({ type: "voice:closed" }));
  assert.equal(closed.reason, "fingerprint_mismatch");
  const { packetsReceived } = await page.evaluate(() => caller.transport());
  assert.equal(packetsReceived, 0);
  const talkers = await people.bo.page.evaluate(() => caller.talkers());
  assert.ok(!talkers.includes(await page.evaluate(() => caller.snapshot.you)));
  await page.close();
});

test("who is killed is gone within the consent time", async () => {
  const bo = await number("bo");
  const started = Date.now();
  await people.bo.crash();
  const wanted = { type: "left", number: bo };
  await people.ana.page.evaluate((wanted) => caller.happened(wanted), wanted);
  console.log(`gone after ${((Date.now() - started) / 1000).toFixed(1)} s`);
  await ears.ana.hearsNone([HZ.bo]);
  await ears.ana.hears([HZ.fay]);
  const lefts = await people.ana.page.evaluate(
    (bo) => caller.events.filter((e) => e.type === "left" && e.number === bo).length,
    bo,
  );
  assert.equal(lefts, 1);
});
