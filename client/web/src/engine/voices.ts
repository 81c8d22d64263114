// The voices that are heard: one outlet per receiving section.
//
// Owns the audio elements, the volume of each person and the reading of who speaks how loudly.
// Never knows names or settings: it asks for the volume of a participant number.

import { Envelope, loudness } from "./level";
import { limiter } from "./limiter";
import { SlotWatch } from "./slots";

/** A slot's sound on its way to the ear. */
interface Outlet {
  number: number;
  receiver: RTCRtpReceiver;
  sound: MediaStream;
  element: HTMLAudioElement;
  watch: SlotWatch;
  envelope: Envelope;
  /** Above 100 % the sound goes through WebAudio; the muted element keeps it flowing (Chromium). */
  boost: { source: MediaStreamAudioSourceNode; gain: GainNode } | undefined;
}

/** What one slot plays. */
export interface Voice {
  slot: number;
  talker: number | undefined;
  level: number;
  speaking: boolean;
  sound: MediaStream;
}

/** Level of a packet whose sender does not tell it. */
const UNTOLD = 0.05;

export class Voices {
  #outlets: Outlet[] = [];
  #sound: AudioContext | undefined;
  #limiter: AudioNode | undefined;
  #speaker = "";
  #deafened = false;

  /** @param volumeOf 0–2 for a participant number
   *  @param onsilenced told when the browser refuses to play before the page is touched */
  constructor(
    private readonly volumeOf: (talker: number) => number,
    private readonly onsilenced: (silenced: boolean) => void,
  ) {}

  /** Plays the receiving sections of a call, in place of those before. */
  attach(receivers: readonly RTCRtpReceiver[]): void {
    this.detach();
    this.#outlets = receivers.map((receiver, number) => {
      const sound = new MediaStream([receiver.track]);
      const element = new Audio();
      element.autoplay = true;
      element.srcObject = sound;
      element.muted = this.#deafened;
      const envelope = new Envelope();
      const watch = new SlotWatch();
      return { number, receiver, sound, element, watch, envelope, boost: undefined };
    });
    void this.choose(this.#speaker);
    this.wake();
  }

  detach(): void {
    for (const outlet of this.#outlets) {
      this.#unboost(outlet);
      outlet.element.srcObject = null;
    }
    this.#outlets = [];
  }

  /** The page was touched: what the browser held back may play. */
  wake(): void {
    if (this.#sound?.state === "suspended") void this.#sound.resume();
    const playing = this.#outlets.map(({ element }) => element.play());
    void Promise.allSettled(playing).then((results) => {
      const refused = results.some(
        ({ status, ...rest }) =>
          status === "rejected" &&
          (rest as { reason?: { name?: string } }).reason?.name === "NotAllowedError",
      );
      this.onsilenced(refused);
    });
  }

  /** Plays through this speaker; empty is the system's choice. */
  async choose(speaker: string): Promise<void> {
    this.#speaker = speaker;
    const sinks: Promise<unknown>[] = this.#outlets.map(({ element }) => sink(element, speaker));
    if (this.#sound) sinks.push(sink(this.#sound, speaker));
    // A speaker that was unplugged leaves the sound where it is.
    await Promise.allSettled(sinks);
  }

  deafen(deafened: boolean): void {
    this.#deafened = deafened;
    for (const outlet of this.#outlets) this.#adjust(outlet);
  }

  /** Reads what is playing, and lets each voice have the volume of its talker. */
  sample(nowMs: number): Voice[] {
    return this.#outlets.map((outlet) => {
      const { receiver, watch, number: slot, sound } = outlet;
      const before = watch.talker;
      const contributing = receiver.getContributingSources();
      const talker = watch.observe(contributing, nowMs);
      if (talker !== before) outlet.envelope = new Envelope();
      this.#adjust(outlet);
      const told =
        contributing.find(({ source }) => source === talker)?.audioLevel ??
        receiver.getSynchronizationSources()[0]?.audioLevel ??
        UNTOLD;
      const level = outlet.envelope.step(watch.live(nowMs) ? loudness(told) : 0, nowMs);
      const speaking = outlet.envelope.speaking && watch.live(nowMs);
      return { slot, talker, level, speaking, sound };
    });
  }

  /** The receiving tracks that a talker holds now, and which talker. */
  talkingTracks(nowMs: number): Map<string, number> {
    const talking = new Map<string, number>();
    for (const { watch, receiver } of this.#outlets) {
      if (watch.talker !== undefined && watch.live(nowMs)) {
        talking.set(receiver.track.id, watch.talker);
      }
    }
    return talking;
  }

  #adjust(outlet: Outlet): void {
    const { element, watch } = outlet;
    const volume = watch.talker === undefined ? 1 : this.volumeOf(watch.talker);
    const boosted = volume > 1 && !this.#deafened;
    if (boosted) this.#boost(outlet).gain.gain.value = volume;
    else this.#unboost(outlet);
    const muted = this.#deafened || boosted;
    if (element.muted !== muted) element.muted = muted;
    const heard = Math.min(1, volume);
    if (element.volume !== heard) element.volume = heard;
  }

  #boost(outlet: Outlet) {
    if (outlet.boost) return outlet.boost;
    if (!this.#sound || !this.#limiter) {
      this.#sound = new AudioContext();
      this.#limiter = limiter(this.#sound);
      void sink(this.#sound, this.#speaker).catch(() => {});
    }
    if (this.#sound.state === "suspended") void this.#sound.resume();
    const source = this.#sound.createMediaStreamSource(outlet.sound);
    const gain = this.#sound.createGain();
    source.connect(gain).connect(this.#limiter);
    outlet.boost = { source, gain };
    return outlet.boost;
  }

  #unboost(outlet: Outlet): void {
    outlet.boost?.source.disconnect();
    outlet.boost?.gain.disconnect();
    outlet.boost = undefined;
  }
}

/** Sets the output device where the browser can. */
async function sink(
  target: (HTMLAudioElement | AudioContext) & { setSinkId?: (id: string) => Promise<void> },
  speaker: string,
): Promise<void> {
  await target.setSinkId?.(speaker);
}
