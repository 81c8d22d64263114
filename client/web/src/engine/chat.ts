// Everything that is written, in rooms and between two people: what a person can do with it, and
// what the server tells of it.
//
// Owns the parts (logs, marks, outbox, directs, typings) and the flow between them. Writes the
// store `written`; knows no face.

import type {
  AskSearch,
  ChatMessage,
  Entry,
  Found,
  IdentityId,
  RoomSnapshot,
  ServerMessage,
} from "../protocol";
import type { Ask } from "./ask";
import { Directs } from "./directs";
import { BrowserDrawer } from "./drawer";
import { Logs } from "./logs";
import { Marks } from "./marks";
import { type Drawer, Outbox } from "./outbox";
import { conversationOf, type Place, personOf, placeOf } from "./place";
import { people, session } from "./stores";
import { Typings } from "./typing";
import { written } from "./written";

export class Chat {
  readonly logs: Logs;
  readonly marks: Marks;
  readonly outbox: Outbox;
  readonly directs: Directs;
  readonly typings: Typings;
  /** Somebody else wrote something, just now. */
  onwritten: (place: Place, message: ChatMessage) => void = () => {};

  constructor(
    private readonly ask: Ask,
    drawer: Drawer = new BrowserDrawer(),
  ) {
    this.logs = new Logs(
      ask,
      (place, entry) => this.#took(place, entry),
      (place) => this.#anew(place),
    );
    this.marks = new Marks(ask, (place) => this.#reached(place));
    this.outbox = new Outbox(ask, drawer, () => ({
      identity: session.getState().identity,
      room: people.getState().room,
    }));
    this.directs = new Directs(ask, (list) => {
      for (const { person, read } of list) {
        this.marks.told(`person:${person.identity}`, read);
        this.marks.readAll(`person:${person.identity}`);
      }
    });
    this.typings = new Typings(ask);
  }

  /** Somebody else is here now: nothing that was written is theirs. */
  forget(): void {
    this.typings.forget();
    written.setState({ logs: new Map(), marks: new Map(), directs: undefined });
  }

  /** A session begins: what was told in the one before is over. */
  async welcomed(): Promise<void> {
    this.typings.forget();
    this.outbox.flush();
    await this.directs.list();
    const open = [...written.getState().logs.keys()].filter((place) => personOf(place));
    for (const place of open) await this.logs.mend(place);
  }

  /** The session goes on. */
  resumed(): void {
    this.outbox.flush();
  }

  /** One is in a room now. */
  arrived({ room, chat, read }: RoomSnapshot): void {
    const place: Place = `room:${room.id}`;
    this.logs.caughtUp(place, chat);
    this.marks.arrived(room, read);
    this.outbox.shown(place, this.logs.reached(place));
    this.outbox.flush();
  }

  hear(message: ServerMessage): void {
    switch (message.type) {
      case "chat:entry":
        this.#hearEntry(placeOf(message.conversation), message.entry);
        break;
      case "chat:anew":
        this.#hearAnew(placeOf(message.conversation));
        break;
      case "chat:typing": {
        const { conversation, identity, name, typing } = message;
        this.typings.heard(placeOf(conversation), identity, name, typing);
        break;
      }
      case "chat:mention": {
        const place = placeOf(message.conversation);
        this.marks.mentioned(place, message.read);
        this.onwritten(place, message.message);
        break;
      }
      case "direct:person":
        this.directs.shown(message.person);
        break;
      case "direct:receipt":
        this.directs.receipt(message);
        break;
      case "room:list:delta":
        this.marks.grew(message.changes, people.getState().room);
        break;
    }
  }

  /** Changes the text of one's own message. */
  async edit(place: Place, of: number, text: string, mentions: IdentityId[]): Promise<void> {
    const conversation = conversationOf(place);
    const named = mentions.length ? { mentions } : {};
    await this.ask({ type: "chat:edit", conversation, of, text, ...named });
  }

  async delete(place: Place, of: number): Promise<void> {
    await this.ask({ type: "chat:delete", conversation: conversationOf(place), of });
  }

  /** Puts an emoji under a message, or takes it away. */
  async react(place: Place, of: number, emoji: string, on: boolean): Promise<void> {
    await this.ask({ type: "chat:react", conversation: conversationOf(place), of, emoji, on });
  }

  async search(ask: AskSearch): Promise<Found> {
    const ack = await this.ask({ type: "chat:search", ...ask });
    return ack.of === "chat:search" ? ack : { hits: [] };
  }

  #hearEntry(place: Place, entry: Entry): void {
    if (this.logs.log(place)) this.logs.take(place, entry);
    // Of a log that is not open, what it is does not matter, only that it is new.
    else if (entry.seq > this.#reached(place)) this.#took(place, entry);
  }

  #hearAnew(place: Place): void {
    if (this.logs.log(place)) void this.logs.lookAgain(place);
    // Of a conversation that is not open, the list knows where it stands.
    if (personOf(place) !== undefined) void this.directs.list();
  }

  #took(place: Place, entry: Entry): void {
    const { identity } = session.getState();
    const person = personOf(place);
    if (person !== undefined) this.directs.took(person, entry);
    if (entry.kind === "message") {
      const { author } = entry.message;
      this.marks.came(place, entry.message, identity);
      this.typings.heard(place, author.identity, author.name, false);
      if (author.identity !== identity) this.onwritten(place, entry.message);
    }
    this.outbox.shown(place, entry.seq);
    this.marks.readAll(place);
  }

  #anew(place: Place): void {
    this.outbox.shown(place, this.logs.reached(place));
    this.marks.readAll(place);
  }

  /** Of a conversation that is not open, the list knows how far it goes. */
  #reached(place: Place): number {
    const person = personOf(place);
    const listed = person === undefined ? 0 : (this.directs.find(person)?.position.seq ?? 0);
    return Math.max(this.logs.reached(place), listed);
  }
}
