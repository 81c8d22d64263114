// The logs that are open: entries in order, holes mended, pages fetched as they are wanted.
//
// Owns which logs are kept and what is asked for them. Never knows who reads.

import type { Ack, CatchUp, ChatMessage, Entry, History, Position } from "../protocol";
import type { Ask } from "./ask";
import { applied, found, grownAfter, grownBefore, type Log, opened } from "./log";
import { conversationOf, type Place } from "./place";
import { put, written } from "./written";

/** Logs that are kept; the one that was opened longest ago is forgotten first. */
const KEPT = 16;
/** Messages in a page. */
const PAGE = 60;

export class Logs {
  /** Asked for what is missing; another hole meanwhile is looked for when the answer is there. */
  readonly #mending = new Set<Place>();
  /** Not what was told: what is asked already may be answered from before that was known. */
  readonly #doubted = new Set<Place>();
  /** The greatest number told of while mending. */
  readonly #told = new Map<Place, number>();
  /** Pages under way. */
  readonly #paging = new Map<Place, Promise<Ack>>();

  constructor(
    private readonly ask: Ask,
    /** An entry that is the next of its log, just applied. */
    private readonly took: (place: Place, entry: Entry) => void,
    /** A log whose messages were taken anew. */
    private readonly anew: (place: Place) => void,
  ) {}

  log(place: Place): Log | undefined {
    return written.getState().logs.get(place);
  }

  position(place: Place): Position | undefined {
    return this.log(place)?.position;
  }

  /** The number of the last entry that is known, 0 for none. */
  reached(place: Place): number {
    return this.position(place)?.seq ?? 0;
  }

  /** Takes what the server says was missed. */
  caughtUp(place: Place, caught: CatchUp): void {
    if (caught.outcome === "replay") {
      for (const entry of caught.entries) this.take(place, entry);
      return;
    }
    const before = caught.outcome === "gap" ? this.log(place) : undefined;
    this.#keep(place, opened(caught.history, before));
    this.anew(place);
  }

  /** Takes an entry that was told: the next one is applied, a later one shows a hole. */
  take(place: Place, entry: Entry): void {
    const log = this.log(place);
    if (!log || entry.seq <= log.position.seq) return;
    if (entry.seq > log.position.seq + 1) {
      this.#told.set(place, Math.max(entry.seq, this.#told.get(place) ?? 0));
      void this.mend(place);
      return;
    }
    this.#keep(place, applied(log, entry));
    this.took(place, entry);
  }

  /** Asks how an open log stands that is not what was told of it. */
  async lookAgain(place: Place): Promise<void> {
    this.#told.delete(place);
    if (this.#mending.has(place)) this.#doubted.add(place);
    else await this.mend(place);
  }

  /** Asks for what is missing of an open log. */
  async mend(place: Place): Promise<void> {
    const position = this.position(place);
    if (!position || this.#mending.has(place)) return;
    this.#mending.add(place);
    let mended = false;
    try {
      const conversation = conversationOf(place);
      const ack = await this.ask({ type: "chat:catch_up", conversation, position });
      if (ack.of === "chat:catch_up") this.caughtUp(place, ack);
      mended = this.reached(place) > position.seq;
    } catch {
      // Cut, or not to be read any more: whoever comes back asks again.
    } finally {
      this.#mending.delete(place);
    }
    if (this.#doubted.delete(place)) return this.mend(place);
    // Told of more while the answer was under way. Without progress, asking again would not end.
    if (mended && (this.#told.get(place) ?? 0) > this.reached(place)) await this.mend(place);
  }

  /** Opens a log at its newest messages; one that is open is caught up. */
  async open(place: Place): Promise<void> {
    if (this.log(place)) await this.mend(place);
    else await this.#page(place, {}, (log, page) => opened(page, log));
  }

  /** Fetches the page before the window. */
  async older(place: Place): Promise<void> {
    const log = this.log(place);
    const before = log?.messages[0]?.seq;
    if (!log?.moreBefore || before === undefined || this.#paging.has(place)) return;
    await this.#page(place, { before }, (log, page) =>
      // The edge may have moved while the page was under way.
      log?.messages[0]?.seq === before ? grownBefore(log, page) : log,
    );
  }

  /** Fetches the page behind the window. */
  async newer(place: Place): Promise<void> {
    const log = this.log(place);
    const after = log?.messages.at(-1)?.seq;
    if (!log?.moreAfter || after === undefined || this.#paging.has(place)) return;
    await this.#page(place, { after }, (log, page) =>
      log?.messages.at(-1)?.seq === after ? grownAfter(log, page) : log,
    );
  }

  /** Moves the window to the newest messages. */
  async latest(place: Place): Promise<void> {
    if (this.log(place)?.moreAfter) {
      await this.#page(place, {}, (log, page) => opened(page, log));
    }
  }

  /** Moves the window to where a message is in the middle, unless it is in it. */
  async around(place: Place, seq: number): Promise<void> {
    if (this.log(place)?.messages.some((message) => message.seq === seq)) return;
    await this.#page(place, { around: seq }, (log, page) => opened(page, log));
  }

  /** Fetches one message that another answers, if it is not known. */
  async quote(place: Place, seq: number): Promise<void> {
    const log = this.log(place);
    if (!log || found(log, seq) || log.quoted.has(seq)) return;
    this.#quoted(place, seq, undefined);
    try {
      const conversation = conversationOf(place);
      const ask = { type: "chat:history" as const, conversation, around: seq, limit: 1 };
      const ack = await this.ask(ask);
      if (ack.of !== "chat:history") return;
      this.#quoted(
        place,
        seq,
        ack.messages.find((message) => message.seq === seq),
      );
    } catch {
      // It stays unknown; what answers it can be read without.
    }
  }

  #quoted(place: Place, seq: number, message: ChatMessage | undefined): void {
    const log = this.log(place);
    if (log) this.#keep(place, { ...log, quoted: new Map(log.quoted).set(seq, message) });
  }

  async #page(
    place: Place,
    where: { before?: number; after?: number; around?: number },
    grown: (log: Log | undefined, page: History) => Log | undefined,
  ): Promise<void> {
    // One at a time: a page fits only the window that it was asked for.
    while (this.#paging.has(place)) await this.#paging.get(place)?.catch(() => {});
    const conversation = conversationOf(place);
    const asked = this.ask({ type: "chat:history", conversation, ...where, limit: PAGE });
    this.#paging.set(place, asked);
    // The way is free before the page is shown: whoever sees there that more is wanted asks at once.
    const ack = await asked.finally(() => this.#paging.delete(place));
    if (ack.of === "chat:history") this.#take(place, ack, grown);
  }

  #take(
    place: Place,
    page: History,
    grown: (log: Log | undefined, page: History) => Log | undefined,
  ): void {
    const before = this.log(place);
    // Of a log that was reset meanwhile, pages of the old one say nothing.
    if (before && before.position.epoch !== page.position.epoch) return void this.mend(place);
    const after = grown(before, page);
    if (after) this.#keep(place, after);
    // A page may have been read after entries that are still to be told.
    if (!before) this.anew(place);
  }

  #keep(place: Place, log: Log): void {
    const others = [...written.getState().logs].filter(([other]) => other !== place);
    written.setState({ logs: put(new Map(others.slice(-(KEPT - 1))), place, log) });
  }
}
