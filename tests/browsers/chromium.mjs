// A Chromium of one's own per person: its microphone is a file, its speaker a sink.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { writeTone } from "./tone.mjs";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-background-timer-throttling",
  "--disable-renderer-backgrounding",
  "--autoplay-policy=no-user-gesture-required",
];

/**
 * Starts one that speaks a tone of `hz` and plays into the sink of `environment`. `microphone`:
 * "allowed", "denied" (the person says no), or "missing" (none is plugged in). `permissions`:
 * what else the person allows.
 */
export async function startChromium({
  hz,
  tone,
  environment,
  microphone = "allowed",
  permissions: more = [],
  flags = [],
}) {
  const folder = mkdtempSync(join(tmpdir(), "hearth-chromium-"));
  const device = [];
  if (microphone !== "missing") {
    const file = join(folder, "microphone.wav");
    writeTone(file, hz, tone);
    device.push("--use-fake-device-for-media-stream", `--use-file-for-fake-audio-capture=${file}`);
  }
  const answer = microphone === "denied" ? "=deny" : "";
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [...FLAGS, ...device, `--use-fake-ui-for-media-stream${answer}`, ...flags],
    ignoreDefaultArgs: ["--mute-audio"],
    env: { ...process.env, ...environment },
  });
  const viewport = { width: 1280, height: 800 };
  // Without a screen it asks before it keeps the screen on.
  const lasting = ["screen-wake-lock", ...more];
  const permissions = microphone === "denied" ? lasting : ["microphone", ...lasting];
  const visit = await browser.newContext({ viewport, permissions });
  const page = await visit.newPage();
  const clean = () => rmSync(folder, { recursive: true, force: true });
  return {
    page,
    /** A page of somebody else: nothing is shared but the sound of the microphone. */
    async another() {
      const visit = await browser.newContext({ viewport, permissions });
      return visit.newPage();
    },
    async close() {
      await browser.close();
      clean();
    },
    /** Ends every process of it as a crash would: nothing says goodbye. */
    async crash() {
      const session = await browser.newBrowserCDPSession();
      const { processInfo } = await session.send("SystemInfo.getProcessInfo");
      const ended = new Promise((done) => browser.once("disconnected", done));
      for (const { id } of processInfo) process.kill(id, "SIGKILL");
      await ended;
      clean();
    },
  };
}
