// A voice message that can be played: how it looks, where one is in it, how fast and how loud.

import { Pause, Play, TriangleAlert, Volume2 } from "lucide-react";
import type { KeyboardEvent, PointerEvent } from "react";
import { useStore } from "zustand";
import { GAINS, type Player, player, SPEEDS } from "../engine/player";
import { settings } from "../engine/stores";
import { words } from "../words";
import { lengthOf } from "../words/clock";
import { Waveform } from "./waveform";

interface Props {
  player: Player;
  id: string;
  /** Its address. */
  source: string;
  lengthMs: number;
  peaks: readonly number[];
  /** Shows when it was not played yet. */
  marked?: boolean;
}

/** What one key moves, ms. */
const STEP_MS = 1_000;
const PAGE_MS = 5_000;

export function Sound({ player: plays, id, source, lengthMs, peaks, marked }: Props) {
  const current = useStore(player, (state) => state.id === id);
  const phase = useStore(player, (state) => (state.id === id ? state.phase : "paused"));
  const atMs = useStore(player, (state) => (state.id === id ? state.atMs : 0));
  const played = useStore(player, (state) => state.played.has(id));
  const playing = phase === "playing" || phase === "loading";
  const seconds = (ms: number) => Math.round(ms / 1000);
  const fresh = marked && !played;
  return (
    <div className={`vm ${fresh ? "fresh" : ""}`}>
      <button
        className="vm-play"
        type="button"
        aria-label={
          playing
            ? words.sound.stop
            : `${words.sound.play}, ${words.sound.length(seconds(lengthMs))}`
        }
        onClick={() => plays.toggle(id, source, lengthMs)}
      >
        {playing ? <Pause /> : <Play />}
      </button>
      <Scrub
        atMs={atMs}
        lengthMs={lengthMs}
        peaks={peaks}
        onseek={(toMs) => plays.seek(id, source, lengthMs, toMs)}
      />
      <span className="vm-time">
        {current && atMs > 0 ? lengthOf(atMs) : lengthOf(lengthMs)}
        {current && atMs > 0 && <span> / {lengthOf(lengthMs)}</span>}
      </span>
      {phase === "failed" ? (
        <span className="unplayed" role="alert">
          <TriangleAlert />
          <span className="vh">{words.sound.failed}</span>
        </span>
      ) : current ? (
        <Chips />
      ) : (
        fresh && <span className="unplayed">{words.sound.fresh}</span>
      )}
    </div>
  );
}

/** How fast and how loud; remembered, and the same for all. */
function Chips() {
  const { soundSpeed, soundGain } = useStore(settings);
  const next = (list: readonly number[], value: number) =>
    list[(list.indexOf(value) + 1) % list.length] ?? 1;
  return (
    <>
      <button
        className="chip"
        type="button"
        aria-label={words.sound.speed(String(soundSpeed))}
        onClick={() => settings.setState({ soundSpeed: next(SPEEDS, soundSpeed) })}
      >
        {soundSpeed}×
      </button>
      <button
        className="chip"
        type="button"
        aria-label={words.sound.gain(String(soundGain))}
        onClick={() => settings.setState({ soundGain: next(GAINS, soundGain) })}
      >
        <Volume2 />
        {soundGain}×
      </button>
    </>
  );
}

interface ScrubProps {
  atMs: number;
  lengthMs: number;
  peaks: readonly number[];
  onseek: (toMs: number) => void;
}

/** Where one is in a sound: a slider that is its waveform. */
function Scrub({ atMs, lengthMs, peaks, onseek }: ScrubProps) {
  const seconds = (ms: number) => Math.round(ms / 1000);
  const point = (event: PointerEvent<HTMLDivElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    onseek(((event.clientX - left) / Math.max(1, width)) * lengthMs);
  };
  const press = (event: KeyboardEvent) => {
    const to: Record<string, number> = {
      ArrowLeft: atMs - STEP_MS,
      ArrowDown: atMs - STEP_MS,
      ArrowRight: atMs + STEP_MS,
      ArrowUp: atMs + STEP_MS,
      PageDown: atMs - PAGE_MS,
      PageUp: atMs + PAGE_MS,
      Home: 0,
      End: lengthMs,
    };
    const target = to[event.key];
    if (target === undefined) return;
    // The log has its own use for these keys.
    event.preventDefault();
    event.stopPropagation();
    onseek(target);
  };
  return (
    <div
      className="vm-wave"
      role="slider"
      tabIndex={0}
      aria-label={words.sound.position}
      aria-valuemin={0}
      aria-valuemax={seconds(lengthMs)}
      aria-valuenow={seconds(atMs)}
      aria-valuetext={words.sound.at(seconds(atMs), seconds(lengthMs))}
      onKeyDown={press}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        point(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) point(event);
      }}
    >
      <Waveform peaks={peaks} done={lengthMs ? atMs / lengthMs : 0} />
    </div>
  );
}
