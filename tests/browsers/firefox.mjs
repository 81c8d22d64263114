// A Firefox of one's own per person: its microphone is its fake device's tone, its speaker a sink.
import puppeteer from "puppeteer-core";

/**
 * Starts one that speaks a tone of `hz` and plays into the sink of `environment`. `microphone`:
 * "allowed", or "denied" (the person says no).
 */
export async function startFirefox({ hz, environment, microphone = "allowed", permissions = [] }) {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
    headless: true,
    defaultViewport: { width: 1280, height: 800 },
    env: { ...process.env, ...environment },
    extraPrefsFirefox: {
      "media.navigator.streams.fake": true,
      "media.navigator.audio.fake_frequency": hz,
      "media.navigator.permission.disabled": microphone === "allowed",
      // 2: the person says no.
      "permissions.default.microphone": microphone === "denied" ? 2 : 1,
      "media.peerconnection.ice.loopback": true,
      // 1: the person says yes.
      "permissions.default.desktop-notification": permissions.includes("notifications") ? 1 : 0,
      "media.autoplay.default": 0,
      "media.autoplay.blocking_policy": 0,
    },
  });
  const page = await browser.newPage();
  return { page, close: () => browser.close() };
}
