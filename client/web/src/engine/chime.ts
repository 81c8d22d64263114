// The sound that tells whether the speaker works.

/** Three rising tones of a fifth of a second each, through the given speaker. */
export async function chime(speaker: string): Promise<void> {
  const sound = new AudioContext();
  const choose = (sound as { setSinkId?: (id: string) => Promise<void> }).setSinkId?.bind(sound);
  // A speaker that was unplugged leaves the sound where it is.
  await choose?.(speaker).catch(() => {});
  await sound.resume();
  const start = sound.currentTime + 0.05;
  [392, 523.25, 659.25].forEach((hertz, index) => {
    const tone = new OscillatorNode(sound, { frequency: hertz });
    const gain = new GainNode(sound, { gain: 0 });
    const at = start + index * 0.16;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(0.2, at + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.001, at + 0.5);
    tone.connect(gain).connect(sound.destination);
    tone.start(at);
    tone.stop(at + 0.5);
    if (index === 2) tone.onended = () => void sound.close();
  });
}
