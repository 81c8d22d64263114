// Another WebRTC implementation (aiortc, by WHIP and WHEP) and a browser in one room.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
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
  hearth = await startHearth({ "limits.enabled": false });
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

/** Runs a script of tests/aiortc; resolves with what it printed, rejects if it fails. */
function aiortc(script, ...words) {
  const python = process.env.HEARTH_PYTHON ?? "python3";
  const path = resolve(import.meta.dirname, "../aiortc", script);
  const child = spawn(python, [path, hearth.url, "general", ...words.map(String)]);
  return new Promise((done, fail) => {
    let said = "";
    for (const output of [child.stdout, child.stderr]) {
      output.on("data", (text) => {
        said += text;
      });
    }
    child.once("error", fail);
    child.once("exit", (code) => {
      console.log(`${script}: ${said.trim().replace(/\n/g, "; ")}`);
      if (code === 0) done(said);
      else fail(new Error(`${script} ended with ${code}: ${said}`));
    });
  });
}

const events = () => ana.page.evaluate(() => caller.events);

test("a browser hears and sees who speaks by WHIP", async () => {
  const talking = aiortc("whip_talk.py", "--name", "Stack", "--hz", HZ.stack, "--seconds", 8);
  await Promise.all([ear.hears([HZ.stack]), talking]);
  const joined = (await events()).find(
    ({ type, participant }) => type === "participant:joined" && participant.name === "Stack",
  );
  assert.ok(joined, "who came by WHIP is not in the room");
  const number = joined.participant.number;
  const left = (await events()).filter((e) => e.type === "participant:left" && e.number === number);
  assert.equal(left.length, 1);
  await ear.hearsNone([HZ.stack]);
});

test("who listens by WHEP hears a browser", async () => {
  await aiortc("whep_listen.py", "--hz", HZ.ana, "--not-hz", HZ.stack, "--seconds", 5);
});

test("who listens by WHEP with two sections hears two voices apart", async () => {
  const talking = aiortc("whip_talk.py", "--name", "Stack", "--hz", HZ.stack, "--seconds", 12);
  await ear.hears([HZ.stack]);
  const words = ["--hz", HZ.ana, "--hz", HZ.stack, "--slots", 2, "--seconds", 5];
  await Promise.all([aiortc("whep_listen.py", ...words), talking]);
});
