// One's voice in a room: wanted, joined, repaired and joined again.
//
// Owns the wish (talk or listen, muted, deafened), the call that fulfils it and the attempts to
// get it back. Never knows rooms but for whether one is in one.

import type { Ack, ClientMessage, VoiceClosedReason, VoiceQuality } from "../protocol";
import { Call } from "./call";
import type { Microphone } from "./microphone";
import { Refusal } from "./refusal";
import type { Welcome } from "./socket";
import { Statistics } from "./statistics";
import { music, settings, call as store } from "./stores";
import type { Voices } from "./voices";

const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 10_000;
const QUALITY_EVERY_MS = 2_000;
/** Nothing from the server for so long means that the path is dead, whatever the browser says, ms. */
const DEAD_PATH_MS = 8_000;
/** Round trips that are kept: a minute of them. */
const TRIPS = 30;

export class VoiceLink {
  #call: Call | undefined;
  #statistics = new Statistics();
  #welcome: Welcome | undefined;
  /** Whether the voice is to be joined, and how. */
  #wish: { speaks: boolean } | undefined;
  #attempts = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #resync: ReturnType<typeof setTimeout> | undefined;

  /** @param onjoined told whenever the server has taken the voice anew */
  constructor(
    private readonly ask: (message: ClientMessage) => Promise<Ack>,
    private readonly microphone: Microphone,
    private readonly voices: Voices,
    private readonly onjoined: () => void,
  ) {
    microphone.ontrack = () => void this.#feed();
    settings.subscribe((now, before) => {
      if (now.pushToTalk !== before.pushToTalk) void this.#feed();
      // What is asked of Opus stands in the offer: another one, over a new path, is not heard.
      if (now.music !== before.music) void this.#call?.repair();
    });
    setInterval(() => void this.#measure(), QUALITY_EVERY_MS);
    const network = (navigator as { connection?: EventTarget }).connection;
    network?.addEventListener("change", () => void this.#call?.repair());
    addEventListener("online", () => void this.#call?.repair());
  }

  get connection(): RTCPeerConnection | undefined {
    return this.#call?.connection;
  }

  /** Joins the voice of the room that one is in, and keeps it joined. */
  async join(welcome: Welcome, speaks: boolean): Promise<void> {
    this.#welcome = welcome;
    this.#wish = { speaks };
    this.#attempts = 0;
    await this.#open();
  }

  /** The server was away and the session went on: repairs what broke meanwhile. */
  async resumed(): Promise<void> {
    if (!this.#wish) return;
    if (!this.#call) return this.#open();
    this.#call.check();
    this.#tellState();
  }

  /** The server has ended the voice. */
  closed(reason: VoiceClosedReason): void {
    store.setState({ closed: reason });
    if (this.#wish) this.#lost();
  }

  /** The server says how the voice gets through. */
  hear(told: VoiceQuality): void {
    if (!this.#call) return;
    store.setState({ told });
    if (told.restart) void this.#call.repair();
  }

  /** Tries at once instead of waiting. */
  tryNow(): void {
    if (this.#wish && store.getState().phase === "lost") void this.#open();
  }

  mute(muted: boolean): void {
    store.setState({ muted, talkingMuted: false });
    void this.#feed();
    this.#tellState();
  }

  /** Push-to-talk: lets the voice out while held. The others are told nothing. */
  hold(held: boolean): void {
    if (store.getState().held === held) return;
    store.setState({ held });
    void this.#feed();
  }

  /** What is recorded is for later: meanwhile nothing goes out. The others are told nothing. */
  record(recording: boolean): void {
    store.setState({ recording });
    void this.#feed();
  }

  deafen(deafened: boolean): void {
    store.setState({ deafened });
    this.voices.deafen(deafened);
    void this.#feed();
    this.#tellState();
  }

  /** Leaves without telling the server: it knows, or is told by leaving the room. */
  drop(): void {
    this.#wish = undefined;
    clearTimeout(this.#retry);
    clearTimeout(this.#resync);
    this.#end();
    const none = { retryAt: undefined, closed: undefined, quality: undefined, trips: [] };
    store.setState({ phase: "none", ...none });
  }

  async #open(): Promise<void> {
    const wish = this.#wish;
    if (!wish || !this.#welcome) return;
    clearTimeout(this.#retry);
    this.#end();
    const track = wish.speaks
      ? (this.microphone.track ?? (await this.microphone.open()))
      : undefined;
    if (this.#wish !== wish || this.#call) return;
    const speaks = wish.speaks && track !== undefined;
    const first = store.getState().phase === "none";
    store.setState({ speaks, retryAt: undefined, ...(first && { phase: "joining" }) });
    const { deafened } = store.getState();
    const silent = this.#silent;
    const call: Call = new Call(
      { servers: this.#welcome.ice.servers, slots: this.#welcome.slots, speaks, music },
      {
        join: (offer) => this.#answer({ type: "voice:join", offer, muted: silent, deafened }),
        restart: (offer) => this.#answer({ type: "voice:restart", offer }),
      },
      (phase) => {
        if (this.#call !== call) return;
        if (phase === "lost") return this.#lost();
        if (phase === "connected") {
          this.#attempts = 0;
          store.setState({ closed: undefined, retryAt: undefined });
        }
        if (phase === "connected" || phase === "repairing") store.setState({ phase });
      },
    );
    this.#call = call;
    this.#statistics = new Statistics();
    this.voices.attach(call.receivers);
    try {
      await call.open(this.#sent);
      if (this.#call !== call) return;
      this.onjoined();
      // What was pressed while the answer was on its way.
      void this.#feed();
      if (this.#silent !== silent || store.getState().deafened !== deafened) this.#tellState();
    } catch (thrown) {
      if (this.#call === call) this.#lost(thrown instanceof Refusal ? thrown : undefined);
    }
  }

  async #answer(message: ClientMessage): Promise<string> {
    const ack = await this.ask(message);
    if (ack.of !== "voice") throw new Refusal("timeout", "the answer is not SDP");
    return ack.answer;
  }

  /** Deafened implies muted: nobody talks to people whom they cannot hear. */
  get #silent(): boolean {
    const { muted, deafened } = store.getState();
    return muted || deafened;
  }

  /** What is sent now: the microphone, or nothing at all. */
  get #sent(): MediaStreamTrack | null {
    const { held, recording } = store.getState();
    const waits = recording || (settings.getState().pushToTalk && !held);
    return this.#silent || waits ? null : (this.microphone.track ?? null);
  }

  async #feed(): Promise<void> {
    await this.#call?.send(this.#sent);
  }

  /** Tells mute and deafen as they are now; again if there were too many at once. */
  #tellState(): void {
    clearTimeout(this.#resync);
    if (!this.#call) return;
    const told = [
      this.ask({ type: "voice:mute", muted: this.#silent }),
      this.ask({ type: "voice:deafen", deafened: store.getState().deafened }),
    ];
    for (const answer of told) {
      answer.catch((thrown) => {
        if (!(thrown instanceof Refusal) || thrown.code !== "rate_limited") return;
        clearTimeout(this.#resync);
        this.#resync = setTimeout(() => this.#tellState(), thrown.retryAfterMs ?? RETRY_FIRST_MS);
      });
    }
  }

  /** Nobody hears anybody: tries again, ever more patiently. */
  #lost(refusal?: Refusal): void {
    this.#end();
    clearTimeout(this.#retry);
    const patience = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** this.#attempts++);
    const wait = Math.max(patience, refusal?.retryAfterMs ?? 0);
    store.setState({ phase: "lost", retryAt: performance.now() + wait });
    this.#retry = setTimeout(() => void this.#open(), wait);
  }

  #end(): void {
    this.#call?.close();
    this.#call = undefined;
    store.setState({ told: undefined });
    this.voices.detach();
  }

  async #measure(): Promise<void> {
    const call = this.#call;
    if (!call || call.phase === "joining") return;
    const report = await call.connection.getStats();
    if (this.#call !== call) return;
    const now = performance.now();
    const read = this.#statistics.read(report.entries(), now, this.voices.talkingTracks(now));
    const { trips, told } = store.getState();
    // The browser is told the loss of its worst listener, so that it sends what makes up for it:
    // only the server knows what is lost on one's own way.
    const quality = told
      ? {
          ...read,
          roundTripMs: read.roundTripMs ?? told.rtt_ms,
          sendLoss: told.up.loss_permille / 1000,
          sendJitterMs: told.up.jitter_ms,
        }
      : read;
    const trip = quality.roundTripMs;
    store.setState({ quality, trips: trip === undefined ? trips : [...trips, trip].slice(-TRIPS) });
    if (call.phase === "connected" && this.#statistics.silentMs(now) > DEAD_PATH_MS) {
      void call.repair();
    }
  }
}
