// Other WebRTC implementations (aiortc and FFmpeg, by WHIP and WHEP) and a browser in one room.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { after, before, test } from "node:test";
import { becomeCaller } from "./caller.mjs";
import { startChromium } from "./chromium.mjs";
import { startHearth } from "./program.mjs";
import { startSound } from "./sound.mjs";

const HZ = { ana: 500, stack: 900 };

let hearth;
let sound;
let ana;
let ear;

before(async () => {
  sound = await startSound(["ana"]);
  hearth = await startHearth({ "limits.enabled": false, "sfu.consent_timeout_ms": 8000 });
  ana = await startChromium({ hz: HZ.ana, environment: sound.environment("ana") });
  ear = sound.ear("ana");
  await ana.page.goto(`${hearth.url}/api/health`);
  await becomeCaller(ana.page);
  await ana.page.evaluate(() => caller.hello("ana"));
  await ana.page.evaluate(() => caller.talk("general"));
});

after(async () => {
  ear?.stop();
  await ana?.close();
  await sound?.stop();
  await hearth?.stop();
});

/** Starts a script of tests/aiortc; `ended` resolves with its exit code and what it printed. */
function start(script, ...words) {
  const python = process.env.STACKS_PYTHON ?? "python3";
  const path = resolve(import.meta.dirname, "../aiortc", script);
  const child = spawn(python, [path, hearth.url, "general", ...words.map(String)]);
  const ended = new Promise((done, fail) => {
    let said = "";
    for (const output of [child.stdout, child.stderr]) {
      output.on("data", (text) => {
        said += text;
      });
    }
    child.once("error", fail);
    child.once("exit", (code) => done({ code, said: said.trim().replace(/\n/g, "; ") }));
  });
  return { child, ended };
}

/** Runs a script and returns what it printed; rejects if it fails. */
async function run(script, ...words) {
  const { code, said } = await start(script, ...words).ended;
  console.log(`${script}: ${said}`);
  assert.equal(code, 0, said);
  return said;
}

const events = () => ana.page.evaluate(() => caller.events);

/** Why who is called `name` has left; waits until they have. */
async function left(name) {
  const { participant } = (await events()).find(
    ({ type, participant }) => type === "came" && participant.name === name,
  );
  const wanted = { type: "left", number: participant.number };
  return (await ana.page.evaluate((wanted) => caller.happened(wanted), wanted)).reason;
}

test("a browser hears and sees who speaks by WHIP", async () => {
  const talking = run("whip_talk.py", "--name", "Stack", "--hz", HZ.stack, "--seconds", 8);
  await Promise.all([ear.hears([HZ.stack]), talking]);
  const joined = (await events()).find(
    ({ type, participant }) => type === "came" && participant.name === "Stack",
  );
  assert.ok(joined, "who came by WHIP is not in the room");
  const number = joined.participant.number;
  const lefts = (await events()).filter((e) => e.type === "left" && e.number === number);
  assert.equal(lefts.length, 1);
  await ear.hearsNone([HZ.stack]);
});

test("who listens by WHEP hears a browser", async () => {
  await run("whep_listen.py", "--hz", HZ.ana, "--not-hz", HZ.stack, "--seconds", 5);
});

test("who listens by WHEP with two sections hears two voices apart", async () => {
  const talking = run("whip_talk.py", "--name", "Stack", "--hz", HZ.stack, "--seconds", 12);
  await ear.hears([HZ.stack]);
  const words = ["--hz", HZ.ana, "--hz", HZ.stack, "--slots", 2, "--seconds", 5];
  await Promise.all([run("whep_listen.py", ...words), talking]);
});

test("who speaks by WHIP and is killed is gone within the consent time", async () => {
  const talking = start("whip_talk.py", "--name", "Doomed", "--hz", HZ.stack, "--seconds", 120);
  await ear.hears([HZ.stack]);
  talking.child.kill("SIGKILL");
  await talking.ended;
  const began = Date.now();
  assert.equal(await left("Doomed"), "lost");
  console.log(`gone after ${((Date.now() - began) / 1000).toFixed(1)} s`);
  await ear.hearsNone([HZ.stack]);
});

test("who listens by WHEP and is killed is gone within the consent time", async () => {
  const listening = start("whep_listen.py", "--name", "Deaf", "--seconds", 120);
  // It says when it is connected.
  await once(listening.child.stdout, "data");
  listening.child.kill("SIGKILL");
  await listening.ended;
  assert.equal(await left("Deaf"), "lost");
});

test("who closes a WHIP connection without a DELETE has left", async () => {
  const words = ["--name", "Rude", "--hz", HZ.stack, "--seconds", 3, "--no-delete"];
  await run("whip_talk.py", ...words);
  assert.equal(await left("Rude"), "left");
});

test("who waits for the server's ClientHello is heard", async () => {
  const words = ["--name", "Passive", "--hz", HZ.stack, "--seconds", 8, "--passive"];
  await Promise.all([ear.hears([HZ.stack]), run("whip_talk.py", ...words)]);
  await ear.hearsNone([HZ.stack]);
});

for (const profile of ["SRTP_AEAD_AES_128_GCM", "SRTP_AES128_CM_SHA1_80"]) {
  test(`who offers ${profile} alone is heard and hears`, async () => {
    const talk = ["--name", "Old", "--hz", HZ.stack, "--seconds", 10, "--profile", profile];
    const talking = run("whip_talk.py", ...talk);
    await ear.hears([HZ.stack]);
    const listen = ["--hz", HZ.ana, "--hz", HZ.stack, "--slots", 2, "--seconds", 4];
    for (const said of await Promise.all([
      talking,
      run("whep_listen.py", ...listen, "--profile", profile),
    ])) {
      assert.ok(said.includes(profile), said);
    }
    await ear.hearsNone([HZ.stack]);
  });
}

test("a browser hears FFmpeg", async () => {
  const words = ["--name", "FFmpeg", "--hz", HZ.stack, "--seconds", 8];
  await Promise.all([ear.hears([HZ.stack]), run("ffmpeg_talk.py", ...words)]);
  assert.equal(await left("FFmpeg"), "left");
  await ear.hearsNone([HZ.stack]);
});
