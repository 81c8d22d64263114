// What the offers of both browsers become.

import { expect, test } from "vitest";
import { tuned } from "./opus";

const section = (payload: number, direction: string, fmtp: string) =>
  [
    `m=audio 9 UDP/TLS/RTP/SAVPF ${payload} 9`,
    `a=${direction}`,
    `a=rtpmap:${payload} opus/48000/2`,
    `a=fmtp:${payload} ${fmtp}`,
    "a=rtpmap:9 G722/8000",
    "",
  ].join("\r\n");

const CHROMIUM = `v=0\r\n${section(111, "sendonly", "minptime=10;useinbandfec=1")}${section(111, "recvonly", "minptime=10;useinbandfec=1")}`;
const FIREFOX = `v=0\r\n${section(109, "sendonly", "maxplaybackrate=48000;stereo=1;useinbandfec=1")}`;
const fmtp = (sdp: string) => [...sdp.matchAll(/^a=fmtp:\d+ (.*?)\r?$/gm)].map(([, line]) => line);

test("music asks for stereo and a rate where it is sent, and stereo is always received", () => {
  expect(fmtp(tuned(CHROMIUM, 96))).toEqual([
    "minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1;maxaveragebitrate=96000",
    "minptime=10;useinbandfec=1;stereo=1",
  ]);
  expect(fmtp(tuned(CHROMIUM, undefined))).toEqual([
    "minptime=10;useinbandfec=1",
    "minptime=10;useinbandfec=1;stereo=1",
  ]);
});

test("a voice is sent in mono, whatever the browser would like", () => {
  expect(fmtp(tuned(FIREFOX, undefined))).toEqual(["maxplaybackrate=48000;useinbandfec=1"]);
});

test("nothing else is touched", () => {
  const other = (sdp: string) => sdp.replace(/^a=fmtp:.*$/gm, "");
  expect(other(tuned(CHROMIUM, 128))).toBe(other(CHROMIUM));
  expect(tuned(tuned(CHROMIUM, 64), undefined)).toBe(tuned(CHROMIUM, undefined));
});
