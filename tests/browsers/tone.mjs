// Tones: made as microphones, found again in what is heard.
import { writeFileSync } from "node:fs";

const RATE = 48_000;
const SECONDS = 5;
/** Pulsed, since a browser's noise suppression takes an even tone for noise. */
const PULSE_SECONDS = 0.5;
const SOUNDING_SECONDS = 0.35;
const FADE_SECONDS = 0.03;

/**
 * Writes a WAV file of `hz` (a whole number) that loops without a seam. `volume` is 0–1; `even`:
 * without pulses.
 */
export function writeTone(path, hz, { volume = 0.5, even = false } = {}) {
  const count = RATE * SECONDS;
  const wav = Buffer.alloc(44 + count * 2);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(36 + count * 2, 4);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20); // PCM
  wav.writeUInt16LE(1, 22); // mono
  wav.writeUInt32LE(RATE, 24);
  wav.writeUInt32LE(RATE * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36);
  wav.writeUInt32LE(count * 2, 40);
  for (let n = 0; n < count; n++) {
    const t = n / RATE;
    const at = t % PULSE_SECONDS;
    const rise = Math.min(1, at / FADE_SECONDS);
    const fall = Math.min(1, Math.max(0, (SOUNDING_SECONDS - at) / FADE_SECONDS));
    const sample = volume * (even ? 1 : rise * fall) * Math.sin(2 * Math.PI * hz * t);
    wav.writeInt16LE(Math.round(sample * 32767), 44 + n * 2);
  }
  writeFileSync(path, wav);
}

/** How loud a tone within 1 % of `hz` is in `sound`, dB below full scale (Goertzel, Hann window). */
export function loudness(sound, hz, rate = RATE) {
  const block = Math.min(sound.length, 4096);
  let loudest = 0;
  for (let from = 0; from + block <= sound.length; from += block) {
    loudest = Math.max(loudest, power(sound.subarray(from, from + block), hz, rate));
  }
  return 10 * Math.log10(loudest + 1e-12);
}

function power(sound, hz, rate) {
  const turn = 2 * Math.cos((2 * Math.PI * hz) / rate);
  let one = 0;
  let two = 0;
  for (let n = 0; n < sound.length; n++) {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / (sound.length - 1));
    const zero = sound[n] * window + turn * one - two;
    two = one;
    one = zero;
  }
  // The window halves the amplitude; a full-scale sine gives 1.
  const scale = sound.length / 4;
  return (one * one + two * two - turn * one * two) / (scale * scale);
}
