// Voice messages that are being spoken or wait to be sent, by the place that they are for.
//
// Owns the recorder, of which one alone runs at a time, and what was recorded until it is sent or
// thrown away: a walk to another room pauses it and loses nothing. Never plays and never uploads.

import { createStore } from "zustand/vanilla";
import type { Microphone } from "./microphone";
import { peaksOf } from "./peaks";

/** A sound as it was recorded. */
export interface Take {
  sound: Blob;
  durationMs: number;
  peaks: readonly number[];
}

export interface Recording {
  /** `asking`: for the microphone. `done`: can be listened to. */
  phase: "asking" | "recording" | "paused" | "done" | "sending";
  elapsedMs: number;
  /** How loud it was so far, one value every `LEVEL_MS`; 0–1. */
  levels: readonly number[];
  take?: Take;
  /** With `sending`: how much has gone out, 0–1. */
  share?: number;
  /** Why it could not be sent. */
  trouble?: "offline" | "refused" | undefined;
}

export const recordings = createStore<Readonly<Record<string, Recording>>>()(() => ({}));

/** Between two levels, ms. */
const LEVEL_MS = 100;
/** Chromium's own rate would spend 5 MiB in 5 minutes. */
const BITS_PER_SECOND = 32_000;
/** The server measures the length too: a little shorter is surely not too long, ms. */
const MARGIN_MS = 500;

/**
 * Kinds of sound that the server takes, best first; a browser without any has its own default.
 * Ogg first: in the WebM of Firefox, Chromium finds no place but the beginning.
 */
const KINDS = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];

/** The recorder at work. */
interface Running {
  place: string;
  recorder: MediaRecorder;
  parts: Blob[];
  timer: number;
  /** When it last began or went on, and what it had then. */
  sinceMs: number;
  beforeMs: number;
}

export class Recordings {
  #running: Running | undefined;

  /**
   * @param mostMs how long a message may be
   * @param onrecording told when a recording begins and when it does not go on
   */
  constructor(
    private readonly microphone: Microphone,
    private readonly mostMs: () => number,
    private readonly onrecording: (recording: boolean) => void,
  ) {}

  /** Begins a recording for a place, in place of one that was there. `false`: without a microphone. */
  async begin(place: string): Promise<boolean> {
    // What was being said elsewhere stays there.
    if (this.#running && this.#running.place !== place) await this.finish(this.#running.place);
    this.#end();
    show(place, { phase: "asking", elapsedMs: 0, levels: [] });
    const track = this.microphone.track ?? (await this.microphone.open());
    // Thrown away while the browser asked.
    if (recordings.getState()[place]?.phase !== "asking") return true;
    if (!track) {
      show(place, undefined);
      return false;
    }
    const kind = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    const recorder = new MediaRecorder(new MediaStream([track.clone()]), {
      ...(kind && { mimeType: kind }),
      audioBitsPerSecond: BITS_PER_SECOND,
    });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => void (data.size && parts.push(data));
    recorder.start();
    const timer = window.setInterval(() => this.#tick(), LEVEL_MS);
    const sinceMs = performance.now();
    this.#running = { place, recorder, parts, timer, sinceMs, beforeMs: 0 };
    show(place, { phase: "recording", elapsedMs: 0, levels: [] });
    this.onrecording(true);
    return true;
  }

  /** Holds the recording that runs, if one does. */
  pause(): void {
    const running = this.#running;
    if (running?.recorder.state !== "recording") return;
    running.recorder.pause();
    running.beforeMs = elapsed(running);
    change(running.place, { phase: "paused", elapsedMs: running.beforeMs });
    this.onrecording(false);
  }

  resume(place: string): void {
    const running = this.#running;
    if (running?.place !== place || running.recorder.state !== "paused") return;
    running.recorder.resume();
    running.sinceMs = performance.now();
    change(place, { phase: "recording" });
    this.onrecording(true);
  }

  /** Ends the recording; resolves with the whole. */
  async finish(place: string): Promise<Take | undefined> {
    const running = this.#running;
    if (running?.place !== place) return recordings.getState()[place]?.take;
    const { recorder, parts } = running;
    const durationMs = recorder.state === "paused" ? running.beforeMs : elapsed(running);
    await new Promise<void>((done) => {
      recorder.onstop = () => done();
      recorder.stop();
    });
    const before = recordings.getState()[place];
    this.#end();
    if (!before) return undefined;
    const sound = new Blob(parts, { type: recorder.mimeType });
    const take = { sound, durationMs, peaks: peaksOf(before.levels) };
    change(place, { phase: "done", elapsedMs: durationMs, take });
    return take;
  }

  /** Throws a recording away. */
  discard(place: string): void {
    if (this.#running?.place === place) this.#end();
    show(place, undefined);
  }

  #tick(): void {
    const running = this.#running;
    if (running?.recorder.state !== "recording") return;
    const recording = recordings.getState()[running.place];
    if (!recording) return;
    const elapsedMs = elapsed(running);
    const level = this.microphone.envelope.level;
    change(running.place, { elapsedMs, levels: [...recording.levels, level] });
    if (elapsedMs >= this.mostMs() - MARGIN_MS) void this.finish(running.place);
  }

  #end(): void {
    const running = this.#running;
    if (!running) return;
    this.#running = undefined;
    clearInterval(running.timer);
    if (running.recorder.state !== "inactive") running.recorder.stop();
    for (const track of running.recorder.stream.getTracks()) track.stop();
    this.onrecording(false);
  }
}

function elapsed({ beforeMs, sinceMs }: Running): number {
  return Math.round(beforeMs + performance.now() - sinceMs);
}

/** Changes what is known of a recording that is there. */
export function change(place: string, change: Partial<Recording>): void {
  const before = recordings.getState()[place];
  if (before) show(place, { ...before, ...change });
}

function show(place: string, recording: Recording | undefined): void {
  const { [place]: _, ...others } = recordings.getState();
  recordings.setState(recording ? { ...others, [place]: recording } : others, true);
}
