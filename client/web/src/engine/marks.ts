// How far one has read, and how much is new.
//
// Owns the marks of all places: told by the server where one comes in, counted here from then on.
// Who looks at the page says so (`attend`); what comes there is read at once.

import type { ChatMessage, ReadMark, RoomChange, RoomRead, RoomSummary } from "../protocol";
import type { Ask } from "./ask";
import { conversationOf, type Place, roomOf } from "./place";
import { type Mark, put, written } from "./written";

const NOTHING: Mark = { seq: 0, unread: 0, mentions: 0, since: undefined };

export class Marks {
  /** How many messages a room had had when its mark was right. */
  readonly #counted = new Map<string, number>();
  #attended: Place | undefined;
  /** Told the server, and the answer is under way. */
  readonly #telling = new Set<Place>();

  constructor(
    private readonly ask: Ask,
    /** The number of the last entry that is known of a place. */
    private readonly reached: (place: Place) => number,
  ) {}

  mark(place: Place): Mark {
    return written.getState().marks.get(place) ?? NOTHING;
  }

  /** Takes the list of rooms anew; rooms where one never was have no mark. */
  listed(rooms: readonly RoomSummary[], read: readonly RoomRead[]): void {
    for (const { id, messages } of rooms) this.#counted.set(id, messages);
    for (const { room, ...mark } of read) this.told(`room:${room}`, mark);
  }

  /** Rooms in which one is not are known by how many messages they have had. */
  grew(changes: readonly RoomChange[], here: string | undefined): void {
    for (const { id, messages = 0, removed } of changes) {
      const place: Place = `room:${id}`;
      if (removed) {
        this.#counted.delete(id);
        written.setState(({ marks }) => ({ marks: put(marks, place, undefined) }));
        continue;
      }
      const counted = this.#counted.get(id) ?? 0;
      if (messages <= counted) continue;
      this.#counted.set(id, messages);
      if (id === here || !written.getState().marks.has(place)) continue;
      const { seq, unread, mentions } = this.mark(place);
      this.told(place, { seq, unread: unread + messages - counted, mentions });
    }
  }

  /** One walked in: the mark, and how many messages the room has had, are of the same moment. */
  arrived({ id, messages }: RoomSummary, read: ReadMark): void {
    this.#counted.set(id, messages);
    this.#put(`room:${id}`, { ...read, since: read.unread > 0 ? read.seq : undefined });
  }

  /** What the server says of a place. */
  told(place: Place, { seq, unread, mentions }: ReadMark): void {
    const before = this.mark(place);
    // What is new begins where nothing was; when all is read, the line stays until the next news.
    const since = unread > 0 && before.unread === 0 ? seq : before.since;
    this.#put(place, { seq, unread, mentions, since });
  }

  /** One is mentioned in a room in which one is not. */
  mentioned(place: Place, read: ReadMark): void {
    const mark = this.mark(place);
    const unread = Math.max(mark.unread, read.mentions);
    this.#put(place, { ...mark, mentions: read.mentions, unread });
  }

  /** A message was just written. */
  came(place: Place, { seq, author, mentions }: ChatMessage, you: string | undefined): void {
    const room = roomOf(place);
    if (room !== undefined) this.#counted.set(room, (this.#counted.get(room) ?? 0) + 1);
    if (author.identity === you || place === this.#attended) return;
    const mark = this.mark(place);
    const named = you !== undefined && mentions?.includes(you) ? 1 : 0;
    this.#put(place, {
      ...mark,
      unread: mark.unread + 1,
      mentions: mark.mentions + named,
      since: mark.unread === 0 ? seq - 1 : mark.since,
    });
  }

  /** Whoever looks at the end of a place has read it; `undefined`: looks at none. */
  attend(place: Place | undefined): void {
    this.#attended = place;
    if (place) this.readAll(place);
  }

  /** Tells the server that everything that is known has been read, if that is news. */
  readAll(place: Place): void {
    const seq = this.reached(place);
    const mark = this.mark(place);
    if (place !== this.#attended || this.#telling.has(place) || seq <= mark.seq) return;
    this.#put(place, { ...mark, seq, unread: 0, mentions: 0 });
    void this.#tell(place, seq);
  }

  async #tell(place: Place, seq: number): Promise<void> {
    this.#telling.add(place);
    try {
      const conversation = conversationOf(place);
      const ack = await this.ask({ type: "chat:read", conversation, seq });
      // More may have come since it was asked; what is attended is read anyhow.
      if (ack.of === "chat:read" && this.reached(place) === seq) this.told(place, ack);
    } catch {
      // The next entry that is read says it again; until then the server knows the older mark.
    } finally {
      this.#telling.delete(place);
    }
    if (this.reached(place) > seq) this.readAll(place);
  }

  #put(place: Place, mark: Mark): void {
    written.setState(({ marks }) => ({ marks: put(marks, place, mark) }));
  }
}
