// The sound card of the tests: a PulseAudio of their own with one null sink per person, so that
// what a browser really plays can be listened to.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loudness } from "./tone.mjs";

const RATE = 48_000;

/** Starts the daemon with a sink for each name. Stop it with `stop()`. */
export async function startSound(names) {
  const folder = mkdtempSync(join(tmpdir(), "hearth-sound-"));
  const socket = join(folder, "socket");
  const load = (module) => ["-L", module];
  const daemon = spawn(
    "pulseaudio",
    [
      "-n",
      "--daemonize=no",
      "--use-pid-file=no",
      "--exit-idle-time=-1",
      "--disallow-exit",
      ...names.flatMap((name) =>
        load(`module-null-sink sink_name=${name} rate=${RATE} channels=1`),
      ),
      ...load(`module-native-protocol-unix socket=${socket} auth-anonymous=1`),
    ],
    { stdio: "ignore", env: { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder } },
  );
  await listening(socket, daemon);
  const server = `unix:${socket}`;
  return {
    /** What a browser needs in its environment to play into this person's sink. */
    environment: (name) => ({ PULSE_SERVER: server, PULSE_SINK: name }),
    ear: (name) => new Ear(name, server),
    async stop() {
      const ended = once(daemon, "exit");
      daemon.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listening(socket, daemon) {
  for (const deadline = Date.now() + 10_000; ; ) {
    const attempt = connect(socket);
    const [event] = await Promise.race([
      once(attempt, "connect").then(() => ["connect"]),
      once(attempt, "error").then(() => ["error"]),
    ]).catch(() => ["error"]);
    attempt.destroy();
    if (event === "connect") return;
    if (daemon.exitCode !== null) throw new Error(`pulseaudio ended with ${daemon.exitCode}`);
    if (Date.now() > deadline) throw new Error("pulseaudio does not listen");
    // The daemon tells nobody when its socket is there.
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Hears everything that is played into one sink, as a person at the speakers would. */
class Ear {
  #recorder;
  #samples = new Float32Array(RATE * 60);
  #count = 0;
  #odd = Buffer.alloc(0);
  #waiting = new Set();

  constructor(name, server) {
    this.#recorder = spawn(
      "parec",
      ["--raw", "--format=float32le", `--rate=${RATE}`, "--channels=1", "--latency-msec=20"].concat(
        `--device=${name}.monitor`,
      ),
      { stdio: ["ignore", "pipe", "ignore"], env: { ...process.env, PULSE_SERVER: server } },
    );
    this.#recorder.stdout.on("data", (bytes) => this.#take(bytes));
  }

  #take(bytes) {
    const all = Buffer.concat([this.#odd, bytes]);
    const whole = all.length - (all.length % 4);
    for (let at = 0; at < whole; at += 4) {
      this.#samples[this.#count++ % this.#samples.length] = all.readFloatLE(at);
    }
    this.#odd = all.subarray(whole);
    for (const wake of this.#waiting) wake();
  }

  /** The next `seconds` of sound. */
  async listen(seconds) {
    const from = this.#count;
    const until = from + Math.round(seconds * RATE);
    await this.#reach(until);
    return this.#cut(from, until);
  }

  /** Starts to keep sound; the function returned gives all of it since (at most 60 s). */
  record() {
    const from = this.#count;
    return () => this.#cut(Math.max(from, this.#count - this.#samples.length), this.#count);
  }

  /** Resolves once a tone of each of `hertz` was heard within a second; rejects after `seconds`. */
  async hears(hertz, seconds = 20) {
    return this.#until(
      (heard) => hertz.every((hz) => heard(hz)),
      seconds,
      `does not hear ${hertz.join(", ")} Hz`,
    );
  }

  /** Resolves once none of `hertz` was heard for a second; rejects after `seconds`. */
  async hearsNone(hertz, seconds = 20) {
    return this.#until(
      (heard) => !hertz.some((hz) => heard(hz)),
      seconds,
      `still hears one of ${hertz.join(", ")} Hz`,
    );
  }

  async #until(condition, seconds, complaint) {
    for (const deadline = this.#count + seconds * RATE; ; ) {
      const sound = await this.listen(1);
      if (condition((hz) => isHeard(sound, hz))) return;
      if (this.#count > deadline) throw new Error(`${complaint}: ${describe(sound)}`);
    }
  }

  async #reach(count) {
    while (this.#count < count) {
      await new Promise((wake, fail) => {
        const woken = () => {
          this.#waiting.delete(woken);
          clearTimeout(timer);
          wake();
        };
        const timer = setTimeout(() => fail(new Error("the sound card stands still")), 10_000);
        this.#waiting.add(woken);
      });
    }
  }

  #cut(from, until) {
    const sound = new Float32Array(until - from);
    for (let at = from; at < until; at++) {
      sound[at - from] = this.#samples[at % this.#samples.length];
    }
    return sound;
  }

  stop() {
    this.#recorder.kill();
  }
}

/** The quietest tone that counts, dB below full scale. A forwarded tone is above −25; the edges of
 * another's pulses are below −40. */
const AUDIBLE_DB = -35;

export function isHeard(sound, hz) {
  return loudness(sound, hz, RATE) > AUDIBLE_DB;
}

/** The longest time without the tone, in seconds. The tones themselves pause for 0.15 s. */
export function longestGap(sound, hz) {
  const step = RATE / 20;
  let gap = 0;
  let longest = 0;
  for (let at = 0; at + step <= sound.length; at += step) {
    const there = loudness(sound.subarray(at, at + step), hz, RATE) > AUDIBLE_DB;
    gap = there ? 0 : gap + step / RATE;
    longest = Math.max(longest, gap);
  }
  return longest;
}

function describe(sound) {
  const strongest = [];
  for (let hz = 200; hz <= 3000; hz += 20) strongest.push([loudness(sound, hz, RATE), hz]);
  strongest.sort((a, b) => b[0] - a[0]);
  return strongest
    .slice(0, 4)
    .map(([db, hz]) => `${hz} Hz ${db.toFixed(0)} dB`)
    .join(", ");
}
