// One's voice connection: one PeerConnection, negotiated once.
//
// Owns the connection, its sections (one that sends, K that receive) and its repair. Outlives the
// socket: a lost signalling connection changes nothing here. Never plays sound and never decides
// what is sent: it is given a track or none.

import { type MusicRate, tuned } from "./opus";
import { Refusal } from "./refusal";

/** How the call reaches the server. */
export interface Signals {
  /** Answers the one offer. */
  join(offer: string): Promise<string>;
  /** Answers an offer with new ICE credentials. */
  restart(offer: string): Promise<string>;
}

/** `lost`: repair failed; whoever owns the call opens a new one. */
export type CallPhase = "joining" | "connected" | "repairing" | "lost" | "closed";

export interface CallOptions {
  servers: readonly RTCIceServer[];
  /** Receiving sections to offer (K). */
  slots: number;
  /** Whether there is a sending section. */
  speaks: boolean;
  /** Asked at every offer: music, or a voice. */
  music?: () => MusicRate | undefined;
}

/** A connection that says "disconnected" often comes back by itself within this, ms. */
const GRACE_MS = 400;
/** How long a new path is given before another is tried, ms; doubles. */
const REPAIR_FIRST_MS = 2_500;
/** After so many new paths without success the call is lost. */
const MAX_REPAIRS = 3;
/** A first connection takes at most this, ms. */
const JOIN_TIMEOUT_MS = 15_000;

export class Call {
  readonly connection: RTCPeerConnection;
  readonly receivers: readonly RTCRtpReceiver[];
  readonly speaks: boolean;
  readonly #music: () => MusicRate | undefined;
  #sender: RTCRtpSender | undefined;
  #phase: CallPhase = "joining";
  #negotiating = false;
  #repairs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    options: CallOptions,
    private readonly signals: Signals,
    private readonly onphase: (phase: CallPhase) => void,
  ) {
    this.connection = new RTCPeerConnection({
      iceServers: [...options.servers],
      bundlePolicy: "max-bundle",
    });
    this.speaks = options.speaks;
    this.#music = options.music ?? (() => undefined);
    if (options.speaks) {
      this.#sender = this.connection.addTransceiver("audio", { direction: "sendonly" }).sender;
    }
    this.receivers = Array.from(
      { length: options.slots },
      () => this.connection.addTransceiver("audio", { direction: "recvonly" }).receiver,
    );
    this.connection.onconnectionstatechange = () => this.#changed();
  }

  get phase(): CallPhase {
    return this.#phase;
  }

  /** Makes the one offer. Rejects with what the server or the browser refused. */
  async open(track: MediaStreamTrack | null): Promise<void> {
    await this.send(track);
    this.#timer = setTimeout(() => this.#enter("lost"), JOIN_TIMEOUT_MS);
    await this.#negotiate({}, (offer) => this.signals.join(offer));
  }

  /** What is sent from now on; with `null`, nothing is. */
  async send(track: MediaStreamTrack | null): Promise<void> {
    if (this.#phase !== "closed") await this.#sender?.replaceTrack(track);
  }

  /** Opens a new path for the same voice (ICE restart, RFC 8445 §2.4). Inaudible while the old one works. */
  async repair(): Promise<void> {
    const idle = this.#phase === "connected" || this.#phase === "repairing";
    if (this.#negotiating || !idle) return;
    clearTimeout(this.#timer);
    const broken = !this.#connected;
    if (broken && this.#repairs >= MAX_REPAIRS) return this.#enter("lost");
    if (broken) this.#enter("repairing");
    let wait = REPAIR_FIRST_MS;
    try {
      await this.#negotiate({ iceRestart: true }, (offer) => this.signals.restart(offer));
      if (broken) wait *= 2 ** this.#repairs++;
    } catch (thrown) {
      const code = Refusal.code(thrown);
      const gone = code === "not_in_voice" || code === "not_in_room" || code === "fault";
      if (gone) return this.#enter("lost");
      // Without the server there is nobody to ask: such attempts do not count.
    }
    if (!this.#connected) this.#timer = setTimeout(() => void this.repair(), wait);
  }

  /** The server can be asked again: repairs what broke meanwhile. */
  check(): void {
    if (this.#phase === "connected" && this.#connected) return;
    this.#repairs = 0;
    void this.repair();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.connection.onconnectionstatechange = null;
    this.connection.close();
    this.#phase = "closed";
  }

  get #connected(): boolean {
    return this.connection.connectionState === "connected";
  }

  async #negotiate(options: RTCOfferOptions, ask: (offer: string) => Promise<string>) {
    this.#negotiating = true;
    const { connection } = this;
    try {
      const offer = await connection.createOffer(options);
      const sdp = tuned(offer.sdp ?? "", this.#music());
      await connection.setLocalDescription({ type: "offer", sdp });
      const answer = await ask(connection.localDescription?.sdp ?? "");
      if (this.#phase === "closed") return;
      await connection.setRemoteDescription({ type: "answer", sdp: answer });
    } catch (thrown) {
      // The old path stays in force, so that the next attempt starts from a clean state.
      if (connection.signalingState === "have-local-offer" && connection.currentLocalDescription) {
        await connection.setLocalDescription({ type: "rollback" });
      }
      throw thrown;
    } finally {
      this.#negotiating = false;
    }
  }

  #changed(): void {
    switch (this.connection.connectionState) {
      case "connected":
        clearTimeout(this.#timer);
        this.#repairs = 0;
        this.#enter("connected");
        break;
      case "disconnected":
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => void this.repair(), GRACE_MS);
        break;
      case "failed":
        if (this.#phase === "joining") this.#enter("lost");
        else void this.repair();
        break;
    }
  }

  #enter(phase: CallPhase): void {
    if (this.#phase === phase || this.#phase === "closed") return;
    if (phase === "lost") clearTimeout(this.#timer);
    this.#phase = phase;
    this.onphase(phase);
  }
}
