// How loud a sound is over its length, as few numbers. Pure.

/** As many as a message takes. */
export const MAX_PEAKS = 64;
/** The loudest that one can be. */
const FULL = 255;

/** At most `count` peaks of 0–255 for levels of 0–1: the loudest of each stretch. Never none. */
export function peaksOf(levels: readonly number[], count = MAX_PEAKS): number[] {
  const stretches = Math.min(count, Math.max(1, levels.length));
  return Array.from({ length: stretches }, (_, index) => {
    const from = Math.floor((index * levels.length) / stretches);
    const to = Math.max(from + 1, Math.floor(((index + 1) * levels.length) / stretches));
    const loudest = levels.slice(from, to).reduce((most, level) => Math.max(most, level), 0);
    return Math.round(Math.min(1, loudest) * FULL);
  });
}

/**
 * Where the bars of a waveform begin and end: SVG path data, all of them `width` by `height`.
 * Only those from `from` up to `to`.
 */
export function barsOf(
  peaks: readonly number[],
  width: number,
  height: number,
  from = 0,
  to = peaks.length,
): string {
  const step = width / Math.max(1, peaks.length);
  return peaks
    .slice(from, to)
    .map((peak, at) => {
      const index = from + at;
      const length = Math.max(3, (Math.min(FULL, peak) / FULL) * (height - 4));
      const x = ((index + 0.5) * step).toFixed(1);
      return `M${x} ${((height - length) / 2).toFixed(1)}v${length.toFixed(1)}`;
    })
    .join("");
}
