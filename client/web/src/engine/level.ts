// How loud something is, as the eye should see it.
//
// Owns the scale and the envelope. Pure: time is an argument.

const FLOOR_DB = -55;
const CEILING_DB = -10;
/** Rise and fall of a shown level, ms. */
export const ATTACK_MS = 60;
export const RELEASE_MS = 180;
/** Above this a voice counts as speaking; below the second as silent again. */
const SPEAKS_AT = 0.16;
const SILENT_AT = 0.08;
/** A voice that paused this long has stopped speaking, ms. */
const PAUSE_MS = 500;

/** 0–1 on a scale by decibel for an amplitude of 0–1. */
export function loudness(amplitude: number): number {
  if (!(amplitude > 0)) return 0;
  const db = 20 * Math.log10(amplitude);
  return Math.min(1, Math.max(0, (db - FLOOR_DB) / (CEILING_DB - FLOOR_DB)));
}

/** What `loudness` shows as `level`, dB below full scale. */
export function decibel(level: number): number {
  return FLOOR_DB + level * (CEILING_DB - FLOOR_DB);
}

/** Root mean square of samples of −1–1. */
export function amplitude(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length ? Math.sqrt(sum / samples.length) : 0;
}

/** A level that follows its target as fast as `ATTACK_MS` up and `RELEASE_MS` down allow. */
export class Envelope {
  #level = 0;
  #at: number | undefined;
  #loudAt = Number.NEGATIVE_INFINITY;
  #speaking = false;
  /** Nothing quieter than this is speech; 0–1. */
  floor = 0;

  get level(): number {
    return this.#level;
  }

  /** Whether this is somebody speaking: begins at once, ends after a pause. */
  get speaking(): boolean {
    return this.#speaking;
  }

  step(target: number, nowMs: number): number {
    const elapsed = this.#at === undefined ? 0 : Math.max(0, nowMs - this.#at);
    this.#at = nowMs;
    const time = target > this.#level ? ATTACK_MS : RELEASE_MS;
    this.#level += (target - this.#level) * (1 - Math.exp(-elapsed / time));
    if (target >= Math.max(this.floor, this.#speaking ? SILENT_AT : SPEAKS_AT)) {
      this.#loudAt = nowMs;
      this.#speaking = true;
    } else if (nowMs - this.#loudAt > PAUSE_MS) this.#speaking = false;
    return this.#level;
  }
}
