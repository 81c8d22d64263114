// What one has written and the server has not acknowledged yet: sent in order, tried again, kept.
//
// Owns the messages under way and their random ids; the same id goes out however often it takes,
// so that nothing is stored twice. Kept in a drawer, it survives a reload and a day without a
// network. Never shows anything.

import type { ClientMessage, Conversation, ErrorCode, IdentityId, MessageId } from "../protocol";
import type { Ask } from "./ask";
import { conversationOf, type Place, personOf } from "./place";
import { Refusal } from "./refusal";
import { written } from "./written";

/** What a message says. A sound has been uploaded before. */
export type Content =
  | { kind: "text"; text: string; mentions?: readonly IdentityId[] }
  | { kind: "voice"; blob: string; duration_ms: number; peaks: readonly number[] };

/** A message under way. */
export interface Outgoing {
  readonly message: MessageId;
  /** Who wrote it: somebody else in this browser never sends it. */
  readonly identity: IdentityId;
  readonly place: Place;
  readonly content: Content;
  readonly reply_to?: number;
  /** By this machine's clock: Unix time, ms. */
  readonly at_ms: number;
  /** `sent`: acknowledged, and about to be told. */
  readonly state: "waiting" | "sending" | "sent" | "refused";
  /** When sent: its number. */
  readonly seq?: number;
  readonly code?: ErrorCode;
  /** With `waiting`, after a refusal that passes: when it is tried again, Unix time, ms. */
  readonly retryAt?: number;
}

/** Where messages under way outlive the page. */
export interface Drawer {
  all(): Promise<unknown[]>;
  put(message: Outgoing): Promise<void>;
  remove(message: MessageId): Promise<void>;
}

/** Messages under way at once; more are refused. */
const MOST = 200;
/** Without a word from the server about when, tried again after this, ms. */
const RETRY_MS = 5_000;

/** 32 hexadecimal digits at random. */
export function freshId(): MessageId {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Outbox {
  readonly #busy = new Set<Place>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly ask: Ask,
    private readonly drawer: Drawer,
    /** Who one is, and which places can be written to now. */
    private readonly now: () => { identity: IdentityId | undefined; room: string | undefined },
  ) {}

  /** Takes out of the drawer what the last page left. */
  async wake(): Promise<void> {
    const found: unknown[] = await this.drawer.all().catch(() => []);
    const kept = found.filter(isOutgoing);
    const fresh = written.getState().outbox;
    const older = kept
      .filter(({ message }) => !fresh.some((item) => item.message === message))
      .map((item): Outgoing => (item.state === "refused" ? item : { ...item, state: "waiting" }))
      .toSorted((a, b) => a.at_ms - b.at_ms);
    written.setState({ outbox: [...older, ...fresh].slice(-MOST) });
    this.flush();
  }

  /** Sends a message, now or when it can be. `false`: too many are waiting. */
  send(place: Place, content: Content, reply_to?: number): boolean {
    const { identity } = this.now();
    const { outbox } = written.getState();
    if (!identity || outbox.length >= MOST) return false;
    const item: Outgoing = {
      message: freshId(),
      identity,
      place,
      content,
      ...(reply_to !== undefined && { reply_to }),
      at_ms: Date.now(),
      state: "waiting",
    };
    written.setState({ outbox: [...outbox, item] });
    this.#store(item);
    this.#pump(place);
    return true;
  }

  /** Tries a refused message again. */
  retry(message: MessageId): void {
    const item = this.#find(message);
    if (!item) return;
    const { code: _, retryAt: __, ...rest } = item;
    this.#become({ ...rest, state: "waiting" });
    this.#pump(item.place);
  }

  /** Gives a message up, unless it is just going out. */
  discard(message: MessageId): void {
    if (this.#find(message)?.state !== "sending") this.#remove(message);
  }

  /** Sends what waits, wherever it can be sent now. */
  flush(): void {
    for (const place of new Set(written.getState().outbox.map((item) => item.place))) {
      this.#pump(place);
    }
  }

  /** The log of a place shows everything up to a number: those that were sent stand there now. */
  shown(place: Place, seq: number): void {
    const { outbox } = written.getState();
    const left = outbox.filter(
      (item) => item.place !== place || item.state !== "sent" || (item.seq ?? 0) > seq,
    );
    if (left.length < outbox.length) written.setState({ outbox: left });
  }

  #pump(place: Place): void {
    const { identity, room } = this.now();
    if (this.#busy.has(place)) return;
    if (personOf(place) === undefined && place !== `room:${room}`) return;
    const next = written
      .getState()
      .outbox.find(
        (item) =>
          item.place === place &&
          item.identity === identity &&
          item.state === "waiting" &&
          (item.retryAt ?? 0) <= Date.now(),
      );
    if (next) void this.#deliver(next);
  }

  async #deliver(item: Outgoing): Promise<void> {
    const { message, place } = item;
    this.#busy.add(place);
    this.#become({ ...item, state: "sending" });
    let goOn = true;
    try {
      const ack = await this.ask(request(item));
      if (ack.of !== "chat:sent") throw new Refusal("timeout", `an answer of ${ack.of}`);
      void this.drawer.remove(message).catch(() => {});
      const { seq } = ack.position;
      // Where nobody looks, nobody waits for it to be told.
      const known = written.getState().logs.get(place)?.position.seq ?? Number.POSITIVE_INFINITY;
      if (known >= seq) this.#remove(message);
      else this.#become({ ...item, state: "sent", seq });
    } catch (thrown) {
      goOn = this.#failed(item, thrown);
    } finally {
      this.#busy.delete(place);
    }
    if (goOn) this.#pump(place);
  }

  /** Whether the next may be tried at once. */
  #failed(item: Outgoing, thrown: unknown): boolean {
    const code = Refusal.code(thrown);
    switch (code) {
      // Those who come back flush.
      case "offline":
      case "cut":
      case "not_in_room":
        this.#become({ ...item, state: "waiting" });
        return false;
      case "timeout":
      case "busy":
      case "rate_limited":
      case "internal": {
        const wait = (thrown instanceof Refusal && thrown.retryAfterMs) || RETRY_MS;
        const { code: _, ...rest } = item;
        const much = code === "rate_limited" ? { code } : {};
        this.#become({ ...rest, ...much, state: "waiting", retryAt: Date.now() + wait });
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.flush(), wait);
        return false;
      }
      case "fault":
        this.#become({ ...item, state: "refused", code: "internal" });
        return true;
      default:
        this.#become({ ...item, state: "refused", code });
        return true;
    }
  }

  #find(message: MessageId): Outgoing | undefined {
    return written.getState().outbox.find((item) => item.message === message);
  }

  #become(item: Outgoing): void {
    const { outbox } = written.getState();
    // Given up meanwhile: what came of it changes nothing.
    if (!outbox.some(({ message }) => message === item.message)) return;
    written.setState({
      outbox: outbox.map((other) => (other.message === item.message ? item : other)),
    });
    if (item.state === "refused" || item.state === "waiting") this.#store(item);
  }

  #remove(message: MessageId): void {
    written.setState(({ outbox }) => ({
      outbox: outbox.filter((item) => item.message !== message),
    }));
    void this.drawer.remove(message).catch(() => {});
  }

  #store(item: Outgoing): void {
    // A private window keeps nothing: the message waits as long as the page.
    void this.drawer.put(item).catch(() => {});
  }
}

function request({ message, place, content, reply_to }: Outgoing): ClientMessage {
  const conversation: Conversation = conversationOf(place);
  const answers = reply_to === undefined ? {} : { reply_to };
  if (content.kind === "voice") {
    const { blob, duration_ms, peaks } = content;
    const sound = { blob, duration_ms, peaks: [...peaks] };
    return { type: "chat:voice", conversation, message, ...sound, ...answers };
  }
  const { text, mentions = [] } = content;
  const named = mentions.length ? { mentions: [...mentions] } : {};
  return { type: "chat:send", conversation, message, text, ...named, ...answers };
}

/** Whether what was in the drawer is a message as this page writes them. */
function isOutgoing(value: unknown): value is Outgoing {
  const item = value as Partial<Outgoing> | null;
  const content = item?.content as Partial<Content> | undefined;
  return (
    typeof item?.message === "string" &&
    typeof item.identity === "string" &&
    typeof item.place === "string" &&
    /^(room|person):./.test(item.place) &&
    typeof item.at_ms === "number" &&
    ((content?.kind === "text" && typeof content.text === "string") ||
      (content?.kind === "voice" && typeof content.blob === "string"))
  );
}
