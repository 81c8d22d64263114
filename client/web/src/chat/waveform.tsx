// How loud a sound is over its length, drawn.

import { barsOf } from "../engine/peaks";

const WIDTH = 192;
const HEIGHT = 32;

interface Props {
  peaks: readonly number[];
  /** How much of it was played, 0–1. */
  done?: number;
  className?: string;
}

export function Waveform({ peaks, done = 0, className }: Props) {
  const played = Math.round(done * peaks.length);
  const bars = (from: number, to?: number) => barsOf(peaks, WIDTH, HEIGHT, from, to);
  return (
    <svg
      className={className}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {played > 0 && <path className="done" d={bars(0, played)} />}
      <path d={bars(played)} />
    </svg>
  );
}
