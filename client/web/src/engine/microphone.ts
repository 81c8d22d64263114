// One's own microphone: asked for, measured, treated, changed while speaking.
//
// Owns the capture, its treatment and its level. It goes on while muted (so that the page can say "you are
// muted"); whether anything is sent is the call's business. Never sends.

import { amplitude, Envelope, loudness } from "./level";
import type { Device, MicrophoneTrouble } from "./stores";
import { devices, music, settings } from "./stores";
import { RATE_HZ, Treatment } from "./treatment";

/** What the error of `getUserMedia` means for a person. */
export function trouble(thrown: unknown): MicrophoneTrouble {
  const name = thrown instanceof Error || thrown instanceof DOMException ? thrown.name : "";
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    case "NotReadableError":
    case "AbortError":
      return "in_use";
    default:
      return "other";
  }
}

/** Microphones and speakers by label, without the browser's aliases for the default. */
export function sort(found: readonly MediaDeviceInfo[], kind: MediaDeviceKind): Device[] {
  return found
    .filter((device) => device.kind === kind && device.deviceId !== "")
    .filter((device) => device.deviceId !== "default" && device.deviceId !== "communications")
    .map((device) => ({ id: device.deviceId, label: device.label }));
}

export class Microphone {
  #capture: MediaStream | undefined;
  #sound: AudioContext | undefined;
  #analyser: AnalyserNode | undefined;
  #source: MediaStreamAudioSourceNode | undefined;
  #treatment: Treatment | undefined;
  #samples = new Float32Array(1024);
  #opening: Promise<MediaStreamTrack | undefined> | undefined;
  readonly envelope = new Envelope();
  /** Called with every new track, and with `undefined` when there is none any more. */
  ontrack: (track: MediaStreamTrack | undefined) => void = () => {};

  constructor() {
    if (!navigator.mediaDevices) {
      devices.setState({ microphone: "insecure" });
      return;
    }
    navigator.mediaDevices.addEventListener("devicechange", () => void this.#changed());
    void this.list();
    // "We notice by ourselves" when somebody allows the microphone in the browser's settings.
    navigator.permissions
      ?.query({ name: "microphone" as PermissionName })
      .then((permission) => {
        permission.onchange = () => {
          if (permission.state === "granted" && devices.getState().microphone === "denied") {
            void this.open();
          }
        };
        if (permission.state === "granted") void this.open();
        else if (permission.state === "denied") devices.setState({ microphone: "denied" });
      })
      .catch(() => {
        // A browser without this query asks when the microphone is opened.
      });
  }

  /** What is to be sent. */
  get track(): MediaStreamTrack | undefined {
    return this.#treatment?.track ?? this.#captured;
  }

  get #captured(): MediaStreamTrack | undefined {
    return this.#capture?.getAudioTracks()[0];
  }

  /** Opens the microphone that the settings name, or the browser's choice. Resolves with none if it cannot. */
  open(): Promise<MediaStreamTrack | undefined> {
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** Another device or another treatment was chosen: changes over to it, if it is open at all. */
  async change(): Promise<void> {
    await this.#opening;
    if (this.#captured) await this.open();
  }

  /** Another threshold was chosen. */
  async gate(): Promise<void> {
    if (music()) return;
    const { threshold } = settings.getState();
    this.envelope.floor = threshold;
    // Whoever begins to use a threshold needs a treatment, and is not left alone with it afterwards.
    if (this.#treatment) await this.#treatment.gate(threshold);
    else if (threshold > 0) await this.change();
  }

  async #open(): Promise<MediaStreamTrack | undefined> {
    if (!navigator.mediaDevices) {
      devices.setState({ microphone: "insecure" });
      return undefined;
    }
    if (!this.track) devices.setState({ microphone: "asking" });
    const { microphone, echoCancellation, noise, gainControl } = settings.getState();
    const wanted: MediaTrackConstraints = music()
      ? {
          echoCancellation: false,
          noiseSuppression: false,
          autoGainControl: false,
          channelCount: { ideal: 2 },
        }
      : {
          echoCancellation,
          noiseSuppression: noise === "browser",
          autoGainControl: gainControl,
        };
    try {
      let capture: MediaStream;
      try {
        capture = await navigator.mediaDevices.getUserMedia({
          audio: microphone ? { ...wanted, deviceId: { exact: microphone } } : wanted,
        });
      } catch (thrown) {
        // The remembered device is not plugged in: any other is better than none.
        if (!microphone || trouble(thrown) !== "missing") throw thrown;
        capture = await navigator.mediaDevices.getUserMedia({ audio: wanted });
      }
      await this.#take(capture);
      devices.setState({ microphone: "open" });
      void this.list();
      return this.track;
    } catch (thrown) {
      this.#drop();
      devices.setState({ microphone: trouble(thrown) });
      this.ontrack(undefined);
      return undefined;
    }
  }

  /** Lets go of the device. */
  close(): void {
    this.#drop();
    if (devices.getState().microphone === "open") devices.setState({ microphone: "unasked" });
  }

  /** Reads the level; 0–1. */
  sample(nowMs: number): number {
    if (!this.#analyser) return this.envelope.step(0, nowMs);
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return this.envelope.step(loudness(amplitude(this.#samples)), nowMs);
  }

  /** Browsers keep sound suspended until the page is touched or captures. */
  wake(): void {
    if (this.#sound?.state === "suspended") void this.#sound.resume();
  }

  async list(): Promise<void> {
    if (!navigator.mediaDevices) return;
    const found = await navigator.mediaDevices.enumerateDevices();
    devices.setState({
      microphones: sort(found, "audioinput"),
      speakers: sort(found, "audiooutput"),
    });
  }

  async #changed(): Promise<void> {
    await this.list();
    const { microphone, microphones } = devices.getState();
    const missing = microphone === "missing" && microphones.length > 0;
    if (missing || this.#captured?.readyState === "ended") await this.open();
  }

  async #take(capture: MediaStream): Promise<void> {
    this.#drop();
    this.#capture = capture;
    const captured = this.#captured;
    if (!captured) return;
    captured.onended = () => {
      if (this.#captured === captured) void this.open();
    };
    this.#sound ??= new AudioContext({ sampleRate: RATE_HZ });
    this.wake();
    this.#analyser ??= new AnalyserNode(this.#sound, { fftSize: this.#samples.length });
    const source = this.#sound.createMediaStreamSource(capture);
    this.#source = source;
    const { noise } = settings.getState();
    const threshold = music() ? 0 : settings.getState().threshold;
    this.envelope.floor = threshold;
    if (!music() && (noise === "strong" || threshold > 0)) {
      try {
        const treatment = await Treatment.of(this.#sound, source, noise === "strong");
        if (this.#capture !== capture) return treatment.end();
        this.#treatment = treatment;
        await treatment.gate(threshold);
      } catch {
        // A browser that cannot treat the sound sends it as it is.
        this.#treatment?.end();
        this.#treatment = undefined;
      }
    }
    (this.#treatment?.tap ?? source).connect(this.#analyser);
    this.ontrack(this.track);
  }

  #drop(): void {
    this.#treatment?.end();
    this.#treatment = undefined;
    this.#source?.disconnect();
    this.#source = undefined;
    for (const track of this.#capture?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.#capture = undefined;
  }
}
