// The connection to the server: one session over as many WebSockets as it takes.
//
// Owns hello, heartbeat, request ids and their timeouts, the count of frames and the exact resume,
// and when to try again. Never knows what a room or a voice is.

import type { Ack, ClientMessage, Hello, ServerMessage } from "../protocol";
import { CloseCode, PROTOCOL_VERSION } from "../protocol";
import { counts, decode } from "./decode";
import { Refusal } from "./refusal";

/** A request without an answer is given up after this, ms. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** A `ping` sent because the network may have changed is answered within this, ms, or the socket is dead. */
const PROBE_TIMEOUT_MS = 4_000;
/** A socket that has not said hello within this, ms, is given up. */
const HELLO_TIMEOUT_MS = 10_000;
/** Requests under way at once. */
const MAX_PENDING = 64;
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 15_000;

/** The server's hello. */
export type Welcome = Extract<ServerMessage, { type: "hello" }>;

/** Why the socket does not try again by itself. */
export type Ending =
  | { why: "replaced" }
  | { why: "abusive" }
  | { why: "refused"; refusal: Refusal }
  | { why: "stopped" };

/** `open`: heard and answered. `waiting`: for the next attempt. */
export type SocketPhase = "idle" | "connecting" | "open" | "waiting" | "ended";

/** What whoever owns the socket is told. */
export interface SocketEvents {
  /** Who one is: asked for at every attempt. */
  introduce(): Omit<Hello, "protocol" | "resume">;
  /** The token is not known; it has been left out of the next attempt. */
  forgotten(): void;
  /** The session goes on (`resumed`) or begins. Missed frames follow. */
  welcome(welcome: Welcome): void;
  /** Anything that is not an answer. */
  message(message: ServerMessage): void;
  phase(phase: SocketPhase): void;
  ended(ending: Ending): void;
}

interface Pending {
  resolve(ack: Ack): void;
  reject(refusal: Refusal): void;
  timer: ReturnType<typeof setTimeout>;
}

/** What is used of a WebSocket, so that tests bring their own. */
export type Wire = Pick<WebSocket, "send" | "close"> & {
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  onerror: ((event: Event) => void) | null;
};

export class Socket {
  #wire: Wire | undefined;
  #phase: SocketPhase = "idle";
  #nextId = 1;
  #pending = new Map<number, Pending>();
  /** The session to resume and how many counted frames of it arrived. */
  #session: { name: string; received: number } | undefined;
  /** Whether the last hello named a token. */
  #known = false;
  #heartbeatMs = 10_000;
  #deadAfterMs = 30_000;
  #heardAt = 0;
  #attempts = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #beat: ReturnType<typeof setInterval> | undefined;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #pings = new Map<number, number>();
  #roundTripMs: number | undefined;

  constructor(
    private readonly url: string,
    private readonly events: SocketEvents,
    private readonly dial: (url: string) => Wire = (url) => new WebSocket(url),
  ) {}

  get phase(): SocketPhase {
    return this.#phase;
  }

  /** Of the last answered ping, ms. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /** Connects, and keeps connected until `stop` or an ending. */
  start(): void {
    if (this.#phase !== "idle" && this.#phase !== "ended") return;
    this.#attempts = 0;
    this.#session = undefined;
    this.#connect();
  }

  /** Ends the session for good. */
  stop(): void {
    this.#end({ why: "stopped" });
  }

  /** The network may have changed: try now, or find out whether the socket still lives. */
  nudge(): void {
    if (this.#phase === "waiting") this.#connect();
    else if (this.#phase === "open") {
      this.#ping();
      this.#giveUpIn(PROBE_TIMEOUT_MS);
    }
  }

  /** Asks; resolves with what came of it. Rejects with a `Refusal`. */
  request(message: ClientMessage): Promise<Ack> {
    if (this.#phase !== "open") {
      return Promise.reject(new Refusal("offline", "not connected to the server"));
    }
    if (this.#pending.size >= MAX_PENDING) {
      return Promise.reject(new Refusal("busy", "too many requests are under way"));
    }
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new Refusal("timeout", `no answer to ${message.type}`));
      }, REQUEST_TIMEOUT_MS);
      this.#pending.set(id, { resolve, reject, timer });
      this.#send({ id, ...message });
    });
  }

  #send(message: { id: number } & ClientMessage): void {
    this.#wire?.send(JSON.stringify(message));
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#enter("connecting");
    const wire = this.dial(this.url);
    this.#wire = wire;
    const hello = this.#nextId++;
    let closed = false;
    // A socket that was given up may still call back; only the current one is listened to.
    const current = () => !closed && this.#wire === wire;
    wire.onopen = () => {
      if (!current()) return;
      const resume = this.#session && {
        resume: { session: this.#session.name, received: this.#session.received },
      };
      const introduction = this.events.introduce();
      this.#known = introduction.token !== undefined;
      this.#send({
        id: hello,
        type: "hello",
        protocol: PROTOCOL_VERSION,
        ...introduction,
        ...resume,
      });
    };
    wire.onmessage = (event) => current() && this.#hear(event.data, hello);
    wire.onerror = () => {};
    wire.onclose = (event) => {
      if (!current()) return;
      closed = true;
      this.#lost(event.code);
    };
    this.#giveUpIn(HELLO_TIMEOUT_MS);
  }

  #hear(frame: unknown, hello: number): void {
    this.#heardAt = performance.now();
    const message = decode(frame);
    const greeted = this.#phase === "open";
    if (greeted) {
      clearTimeout(this.#deadline);
      if (this.#session && counts(message)) this.#session.received += 1;
    }
    if (!message) return;
    switch (message.type) {
      case "hello":
        if (!greeted && message.id === hello) this.#greet(message);
        break;
      case "pong": {
        const sentAt = this.#pings.get(message.id);
        if (sentAt !== undefined) this.#roundTripMs = performance.now() - sentAt;
        this.#pings.clear();
        break;
      }
      case "ack":
        this.#take(message.id)?.resolve(message.result);
        break;
      case "error": {
        const refusal = new Refusal(message.code, message.message, message.retry_after_ms);
        if (!greeted && message.id === hello) this.#refused(refusal);
        else if (message.id !== undefined) this.#take(message.id)?.reject(refusal);
        break;
      }
      default:
        if (greeted) this.events.message(message);
    }
  }

  #greet(welcome: Welcome): void {
    clearTimeout(this.#deadline);
    this.#attempts = 0;
    this.#heartbeatMs = welcome.heartbeat_ms;
    this.#deadAfterMs = welcome.dead_after_ms;
    if (!welcome.resumed) {
      this.#session = { name: welcome.session, received: 0 };
      this.#abandon();
    } else if (this.#session) this.#session.name = welcome.session;
    this.#pings.clear();
    this.#beat = setInterval(() => {
      if (performance.now() - this.#heardAt > this.#deadAfterMs) this.#hangUp();
      else this.#ping();
    }, this.#heartbeatMs);
    this.#enter("open");
    this.events.welcome(welcome);
  }

  #ping(): void {
    const id = this.#nextId++;
    if (this.#pings.size < MAX_PENDING) this.#pings.set(id, performance.now());
    this.#send({ id, type: "ping", received: this.#session?.received ?? 0 });
  }

  /** The hello was refused: some refusals pass by themselves, the others need a person. */
  #refused(refusal: Refusal): void {
    if (refusal.code === "unauthorized" && this.#known) {
      this.#session = undefined;
      this.events.forgotten();
      this.#hangUp();
    } else if (refusal.code === "busy" || refusal.code === "rate_limited") {
      this.#hangUp(refusal.retryAfterMs);
    } else this.#end({ why: "refused", refusal });
  }

  #giveUpIn(ms: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#hangUp(), ms);
  }

  #hangUp(retryAfterMs?: number): void {
    const wire = this.#wire;
    this.#wire = undefined;
    wire?.close();
    this.#lost(1006, retryAfterMs);
  }

  #lost(code: number, retryAfterMs?: number): void {
    this.#wire = undefined;
    this.#quiet();
    if (code === CloseCode.Replaced) return this.#end({ why: "replaced" });
    if (code === CloseCode.Abusive) return this.#end({ why: "abusive" });
    if (code === CloseCode.Unauthorized) {
      this.#session = undefined;
      this.events.forgotten();
    }
    const ceiling = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** this.#attempts);
    this.#attempts += 1;
    this.#enter("waiting");
    // Jitter: a server that comes back is not met by everybody in the same instant.
    const wait = Math.max(retryAfterMs ?? 0, ceiling * (0.5 + Math.random() / 2));
    this.#retry = setTimeout(() => this.#connect(), wait);
  }

  #end(ending: Ending): void {
    const wire = this.#wire;
    this.#wire = undefined;
    wire?.close();
    this.#quiet();
    clearTimeout(this.#retry);
    this.#session = undefined;
    this.#abandon();
    this.#enter("ended");
    this.events.ended(ending);
  }

  #quiet(): void {
    clearInterval(this.#beat);
    clearTimeout(this.#deadline);
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (pending) clearTimeout(pending.timer);
    return pending;
  }

  /** Requests of a session that is gone are never answered. */
  #abandon(): void {
    for (const id of [...this.#pending.keys()]) {
      this.#take(id)?.reject(new Refusal("cut", "the session ended before the answer came"));
    }
  }

  #enter(phase: SocketPhase): void {
    if (this.#phase === phase) return;
    this.#phase = phase;
    this.events.phase(phase);
  }
}
