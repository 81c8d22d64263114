// What happens to the microphone's sound before it is sent: noise is taken out, and what is quieter
// than the threshold is not let through.
//
// Owns the nodes between the capture and the track that is sent; loads them only when they are
// wanted. Never opens a device and never sends.

import gateUrl from "@sapphi-red/web-noise-suppressor/noiseGateWorklet.js?url";
import rnnoiseUrl from "@sapphi-red/web-noise-suppressor/rnnoise.wasm?url";
import rnnoiseSimdUrl from "@sapphi-red/web-noise-suppressor/rnnoise_simd.wasm?url";
import rnnoiseWorkletUrl from "@sapphi-red/web-noise-suppressor/rnnoiseWorklet.js?url";
import { decibel } from "./level";

/** The rate that RNNoise was trained for, Hz. */
export const RATE_HZ = 48_000;
/** A word's quiet end still goes through, ms. */
const HOLD_MS = 400;
/** The gate closes so much below where it opens, dB. */
const SLACK_DB = 4;

interface Node {
  readonly node: AudioNode;
  end(): void;
}

const NONE = (node: AudioNode): Node => ({ node, end: () => {} });

export class Treatment {
  readonly track: MediaStreamTrack;
  #gate: AudioNode | undefined;
  #threshold = 0;

  private constructor(
    private readonly sound: AudioContext,
    private readonly source: AudioNode,
    private readonly cleaned: Node,
    private readonly out: MediaStreamAudioDestinationNode,
  ) {
    const [track] = out.stream.getAudioTracks();
    if (!track) throw new Error("a destination without a track");
    this.track = track;
    source.connect(cleaned.node);
    cleaned.node.connect(out);
  }

  /** Treats what comes out of `source`; with `strong`, by RNNoise. Rejects where worklets fail. */
  static async of(sound: AudioContext, source: AudioNode, strong: boolean): Promise<Treatment> {
    const cleaned = strong ? await rnnoise(sound) : NONE(new GainNode(sound));
    const out = new MediaStreamAudioDestinationNode(sound, { channelCount: 1 });
    return new Treatment(sound, source, cleaned, out);
  }

  /** Where the sound can be measured: cleaned, but not yet gated. */
  get tap(): AudioNode {
    return this.cleaned.node;
  }

  /** Lets through only what is at least so loud; 0–1 as levels are shown, 0 lets all through. */
  async gate(threshold: number): Promise<void> {
    this.#threshold = threshold;
    const gate = threshold > 0 ? await noiseGate(this.sound, decibel(threshold)) : undefined;
    // Another threshold was set meanwhile.
    if (this.#threshold !== threshold) return;
    const before = this.#gate;
    this.#gate = gate;
    this.tap.disconnect(before ?? this.out);
    before?.disconnect();
    if (gate) this.tap.connect(gate).connect(this.out);
    else this.tap.connect(this.out);
  }

  end(): void {
    this.source.disconnect(this.tap);
    this.tap.disconnect();
    this.#gate?.disconnect();
    this.cleaned.end();
    this.track.stop();
  }
}

async function rnnoise(sound: AudioContext): Promise<Node> {
  const { loadRnnoise, RnnoiseWorkletNode } = await import("@sapphi-red/web-noise-suppressor");
  const [wasmBinary] = await Promise.all([
    loadRnnoise({ url: rnnoiseUrl, simdUrl: rnnoiseSimdUrl }),
    sound.audioWorklet.addModule(rnnoiseWorkletUrl),
  ]);
  const node = new RnnoiseWorkletNode(sound, { maxChannels: 1, wasmBinary });
  return { node, end: () => node.destroy() };
}

async function noiseGate(sound: AudioContext, openThreshold: number): Promise<AudioNode> {
  const { NoiseGateWorkletNode } = await import("@sapphi-red/web-noise-suppressor");
  await sound.audioWorklet.addModule(gateUrl);
  return new NoiseGateWorkletNode(sound, {
    openThreshold,
    closeThreshold: openThreshold - SLACK_DB,
    holdMs: HOLD_MS,
    maxChannels: 1,
  });
}
