// Voice messages on their way to the ear, one at a time.
//
// Owns the one element that plays, the way through gain and limiter when it is to be louder, and
// which messages were played before. Never knows who wrote them.

import { createStore } from "zustand/vanilla";
import { limiter } from "./limiter";
import { keep, read } from "./shelf";
import { settings } from "./stores";

export const SPEEDS = [1, 1.5, 2] as const;
export const GAINS = [1, 2, 4] as const;

export interface PlayerState {
  /** Which message, by its id; none before the first. */
  id: string | undefined;
  phase: "loading" | "playing" | "paused" | "failed";
  atMs: number;
  /** Those that were played, here or on an earlier visit. */
  played: ReadonlySet<string>;
}

/** Ids that are remembered as played; the oldest is forgotten first. */
const MAX_PLAYED = 2_000;

function isList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((id) => typeof id === "string");
}

export const player = createStore<PlayerState>()(() => ({
  id: undefined,
  phase: "paused",
  atMs: 0,
  played: new Set(read("house", "played", isList)),
}));

export class Player {
  #element = new Audio();
  #sound: { context: AudioContext; gain: GainNode } | undefined;
  #lengthMs = 0;
  #source = "";
  /** The cookie was asked for since this message was begun. */
  #admitted = false;
  #drawing = 0;

  /** @param admit lets the browser fetch sounds of the server, whose address takes no header */
  constructor(private readonly admit: () => Promise<void>) {
    const element = this.#element;
    element.preload = "auto";
    element.preservesPitch = true;
    element.onplaying = () => this.#draw();
    element.onended = () => player.setState({ phase: "paused", atMs: 0 });
    element.onerror = () => void this.#failed();
    settings.subscribe((now, before) => {
      if (now.speaker !== before.speaker) void this.#choose(now.speaker);
      if (now.soundSpeed !== before.soundSpeed) element.playbackRate = now.soundSpeed;
      if (now.soundGain !== before.soundGain) this.#amplify(now.soundGain);
    });
  }

  /** Plays a message, or holds it. `source` is its address. */
  toggle(id: string, source: string, lengthMs: number): void {
    const { id: current, phase } = player.getState();
    if (current === id && phase === "playing") return this.pause();
    if (current !== id) this.#load(id, source, lengthMs, 0);
    else if (phase === "failed") this.#load(id, source, lengthMs, player.getState().atMs);
    void this.#play();
  }

  pause(): void {
    this.#element.pause();
    if (player.getState().phase !== "failed") player.setState({ phase: "paused" });
  }

  /** Goes somewhere in a message, which is loaded for it if it was not. */
  seek(id: string, source: string, lengthMs: number, toMs: number): void {
    const atMs = Math.min(Math.max(0, toMs), lengthMs);
    if (player.getState().id !== id) this.#load(id, source, lengthMs, atMs);
    else {
      player.setState({ atMs });
      this.#element.currentTime = atMs / 1000;
    }
  }

  /** Lets go of a message, as when its recording is thrown away. */
  release(id: string): void {
    if (player.getState().id !== id) return;
    this.#element.pause();
    this.#element.removeAttribute("src");
    player.setState({ id: undefined, phase: "paused", atMs: 0 });
  }

  #load(id: string, source: string, lengthMs: number, atMs: number): void {
    const element = this.#element;
    element.pause();
    this.#lengthMs = lengthMs;
    this.#source = source;
    this.#admitted = false;
    // Paused until it is played: one may look for a place first.
    player.setState({ id, phase: "paused", atMs });
    element.src = source;
    element.currentTime = atMs / 1000;
  }

  async #play(): Promise<void> {
    const { soundSpeed, soundGain, speaker } = settings.getState();
    const element = this.#element;
    player.setState({ phase: "loading" });
    element.playbackRate = soundSpeed;
    this.#amplify(soundGain);
    await this.#choose(speaker);
    const { id } = player.getState();
    try {
      await element.play();
    } catch {
      // An error of the element is dealt with there; a pause meanwhile is none.
      return;
    }
    if (id !== undefined) markPlayed(id);
  }

  /** The sound cannot be had: perhaps for want of the cookie, which is asked for once. */
  async #failed(): Promise<void> {
    const { id, phase, atMs } = player.getState();
    if (id === undefined || !this.#element.hasAttribute("src")) return;
    const plays = phase === "loading" || phase === "playing";
    if (!this.#admitted && !this.#source.startsWith("blob:")) {
      this.#admitted = true;
      try {
        await this.admit();
        if (player.getState().id !== id) return;
        this.#element.src = this.#source;
        this.#element.currentTime = atMs / 1000;
        if (plays) await this.#play();
        return;
      } catch {
        // Said below.
      }
    }
    if (player.getState().id === id) player.setState({ phase: "failed" });
  }

  /** Follows the element for as long as it plays. */
  #draw(): void {
    player.setState({ phase: "playing" });
    cancelAnimationFrame(this.#drawing);
    const step = () => {
      const element = this.#element;
      if (element.paused || player.getState().phase !== "playing") return;
      player.setState({ atMs: Math.min(this.#lengthMs, element.currentTime * 1000) });
      this.#drawing = requestAnimationFrame(step);
    };
    step();
  }

  /** Above 1 through WebAudio, where a limiter keeps the loudest from clipping. */
  #amplify(gain: number): void {
    if (gain > 1 && !this.#sound) {
      const context = new AudioContext();
      const source = context.createMediaElementSource(this.#element);
      const node = context.createGain();
      source.connect(node).connect(limiter(context));
      this.#sound = { context, gain: node };
    }
    if (!this.#sound) return;
    this.#sound.gain.gain.value = gain;
    if (this.#sound.context.state === "suspended") void this.#sound.context.resume();
  }

  async #choose(speaker: string): Promise<void> {
    type Sink = { setSinkId?: (id: string) => Promise<void> };
    const targets: Sink[] = [this.#element, ...(this.#sound ? [this.#sound.context as Sink] : [])];
    // A speaker that was unplugged leaves the sound where it is.
    await Promise.allSettled(targets.map((target) => target.setSinkId?.(speaker)));
  }
}

function markPlayed(id: string): void {
  const { played } = player.getState();
  if (played.has(id)) return;
  const after = [...played, id].slice(-MAX_PLAYED);
  player.setState({ played: new Set(after) });
  keep("house", "played", after);
}
