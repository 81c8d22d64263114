// The small sounds of the house: the speaker works, somebody came, somebody went, somebody calls.
//
// Owns the notes and one output for them. Never decides whether a sound is wanted.

/** What is told by a sound. */
export type Sound = "test" | "joined" | "left" | "ringing" | "calling";

/** Hertz, one after the other: up for coming, down for going, up and down for a call. */
const NOTES: Record<Sound, readonly number[]> = {
  test: [392, 523.25, 659.25],
  joined: [440, 659.25],
  left: [659.25, 440],
  ringing: [523.25, 783.99, 659.25, 783.99, 523.25],
  calling: [392, 392],
};
const VOLUME: Record<Sound, number> = {
  test: 0.2,
  joined: 0.1,
  left: 0.1,
  ringing: 0.2,
  calling: 0.05,
};
const APART_S = 0.16;
const RINGS_S = 0.5;

let output: AudioContext | undefined;

/** Plays a sound through a speaker; empty is the system's choice. */
export async function play(sound: Sound, speaker: string): Promise<void> {
  output ??= new AudioContext();
  const { sinkId, setSinkId } = output as { sinkId?: unknown } & Partial<
    Pick<HTMLMediaElement, "setSinkId">
  >;
  // A speaker that was unplugged leaves the sound where it is.
  if (setSinkId && sinkId !== speaker) await setSinkId.call(output, speaker).catch(() => {});
  await output.resume();
  const start = output.currentTime + 0.05;
  NOTES[sound].forEach((frequency, index) => {
    if (output) strike(output, frequency, VOLUME[sound], start + index * APART_S);
  });
}

function strike(sound: AudioContext, frequency: number, volume: number, at: number): void {
  const tone = new OscillatorNode(sound, { frequency });
  const gain = new GainNode(sound, { gain: 0 });
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(volume, at + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.001, at + RINGS_S);
  tone.connect(gain).connect(sound.destination);
  tone.start(at);
  tone.stop(at + RINGS_S);
}
