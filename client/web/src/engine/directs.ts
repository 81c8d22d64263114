// The conversations with others: the list of them, the newest first.
//
// Owns that list; what is new in one is counted by the marks.

import type {
  ChatMessage,
  DirectSummary,
  Entry,
  IdentityId,
  Person,
  ServerMessage,
} from "../protocol";
import type { Ask } from "./ask";
import { written } from "./written";

type Receipt = Extract<ServerMessage, { type: "direct:receipt" }>;

export class Directs {
  #listing: Promise<void> | undefined;

  constructor(
    private readonly ask: Ask,
    /** The list was taken anew. */
    private readonly listed: (list: readonly DirectSummary[]) => void,
  ) {}

  find(person: IdentityId): DirectSummary | undefined {
    return written.getState().directs?.find((direct) => direct.person.identity === person);
  }

  /** Asks for the list; one answer serves all who want it meanwhile. */
  list(): Promise<void> {
    this.#listing ??= this.#list().finally(() => {
      this.#listing = undefined;
    });
    return this.#listing;
  }

  async #list(): Promise<void> {
    const ack = await this.ask({ type: "direct:list" });
    if (ack.of !== "direct:list") return;
    written.setState({ directs: ack.conversations });
    this.listed(ack.conversations);
  }

  /** Something was written, or became of it: the conversation comes first then. */
  took(person: IdentityId, entry: Entry): void {
    const direct = this.find(person);
    if (!direct) return void this.list().catch(() => {});
    const { seq, tag } = entry;
    const after = {
      ...direct,
      position: { ...direct.position, seq, tag },
      ...last(direct.last, entry),
    };
    if (entry.kind === "message" && entry.message.author.identity === person) {
      after.online = true;
      after.person = { ...direct.person, ...entry.message.author };
    }
    this.#put(after, entry.kind === "message");
  }

  /** Somebody is shown otherwise from now on. */
  shown(person: Person): void {
    const direct = this.find(person.identity);
    if (direct) this.#put({ ...direct, person }, false);
  }

  receipt({ person, delivered, read }: Receipt): void {
    const direct = this.find(person);
    if (!direct) return;
    this.#put(
      {
        ...direct,
        delivered_to_other: Math.max(direct.delivered_to_other, delivered),
        read_by_other: Math.max(direct.read_by_other, read),
      },
      false,
    );
  }

  #put(direct: DirectSummary, first: boolean): void {
    const { directs = [] } = written.getState();
    const { identity } = direct.person;
    const others = directs.filter((other) => other.person.identity !== identity);
    written.setState({
      directs: first
        ? [direct, ...others]
        : directs.map((other) => (other.person.identity === identity ? direct : other)),
    });
  }
}

function last(before: ChatMessage | undefined, entry: Entry): { last?: ChatMessage } {
  if (entry.kind === "message") return { last: entry.message };
  if (entry.of !== before?.seq) return {};
  if (entry.kind === "edited") {
    return { last: { ...before, body: { kind: "text", text: entry.text } } };
  }
  return entry.kind === "deleted"
    ? { last: { ...before, body: { kind: "deleted", by: entry.by } } }
    : {};
}
