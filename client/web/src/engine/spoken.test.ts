// Voice messages without a browser: what is drawn of a sound, and what becomes of a recording when
// one pauses it, begins another or talks for too long.

import { beforeEach, expect, test, vi } from "vitest";
import type { Microphone } from "./microphone";
import { barsOf, MAX_PEAKS, peaksOf } from "./peaks";
import { Recordings, recordings } from "./recordings";

test("peaks are the loudest of each stretch, and never none", () => {
  expect(peaksOf([])).toEqual([0]);
  expect(peaksOf([0.5, 2])).toEqual([128, 255]);
  const levels = Array.from({ length: 640 }, (_, index) => (index === 325 ? 1 : 0.2));
  const peaks = peaksOf(levels);
  expect(peaks).toHaveLength(MAX_PEAKS);
  expect(peaks.filter((peak) => peak === 255)).toHaveLength(1);
  expect(peaks[32]).toBe(255);
});

test("the bars of two parts are those of the whole", () => {
  const peaks = [0, 100, 255, 30];
  expect(barsOf(peaks, 192, 32, 0, 2) + barsOf(peaks, 192, 32, 2)).toBe(barsOf(peaks, 192, 32));
  expect(barsOf([255], 192, 32)).toBe("M96.0 2.0v28.0");
});

/** A recorder whose sound is how often it was paused. */
class FakeRecorder {
  static isTypeSupported = (kind: string) => kind.includes("ogg");
  static made: FakeRecorder[] = [];
  state: RecordingState = "inactive";
  mimeType = "";
  ondataavailable: (event: { data: Blob }) => void = () => {};
  onstop = () => {};
  constructor(
    readonly stream: { getTracks: () => { stop: () => void }[] },
    options: { mimeType?: string },
  ) {
    this.mimeType = options.mimeType ?? "";
    FakeRecorder.made.push(this);
  }
  start() {
    this.state = "recording";
  }
  pause() {
    this.state = "paused";
  }
  resume() {
    this.state = "recording";
  }
  stop() {
    this.state = "inactive";
    this.ondataavailable({ data: new Blob(["sound"]) });
    this.onstop();
  }
}

const onrecording = vi.fn();
const stopped = vi.fn();
const track = { clone: () => ({ stop: stopped }) };
const microphone = { track, envelope: { level: 0.5 } } as unknown as Microphone;
const make = (mostMs = 300_000) => new Recordings(microphone, () => mostMs, onrecording);
const phase = (place: string) => recordings.getState()[place]?.phase;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("MediaRecorder", FakeRecorder);
  vi.stubGlobal(
    "MediaStream",
    class {
      constructor(readonly tracks: unknown[]) {}
      getTracks = () => this.tracks;
    },
  );
  vi.stubGlobal("window", globalThis);
  recordings.setState({}, true);
  onrecording.mockClear();
  stopped.mockClear();
});

test("time stands still while a recording is paused, and the room hears again", async () => {
  const recorder = make();
  await recorder.begin("a");
  await vi.advanceTimersByTimeAsync(2_000);
  recorder.pause();
  await vi.advanceTimersByTimeAsync(60_000);
  recorder.resume("a");
  await vi.advanceTimersByTimeAsync(1_000);
  const take = await recorder.finish("a");
  expect(take?.durationMs).toBe(3_000);
  expect(take?.sound.type).toBe("audio/ogg;codecs=opus");
  expect(take?.peaks.every((peak) => peak === 128)).toBe(true);
  expect(onrecording.mock.calls).toEqual([[true], [false], [true], [false]]);
  expect(stopped).toHaveBeenCalledOnce();
});

test("what was being said elsewhere is kept when something else is begun", async () => {
  const recorder = make();
  await recorder.begin("a");
  await vi.advanceTimersByTimeAsync(1_000);
  recorder.pause();
  await recorder.begin("b");
  expect([phase("a"), phase("b")]).toEqual(["done", "recording"]);
  expect(recordings.getState().a?.take?.durationMs).toBe(1_000);
  recorder.discard("b");
  expect([phase("a"), phase("b")]).toEqual(["done", undefined]);
});

test("a recording ends by itself before it is too long to be sent", async () => {
  const recorder = make(5_000);
  await recorder.begin("a");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(phase("a")).toBe("done");
  expect(recordings.getState().a?.take?.durationMs).toBeLessThanOrEqual(5_000);
});

test("without a microphone there is no recording", async () => {
  const none = { open: async () => undefined } as unknown as Microphone;
  await new Recordings(none, () => 1, onrecording).begin("a");
  expect(phase("a")).toBeUndefined();
  expect(onrecording).not.toHaveBeenCalled();
});
