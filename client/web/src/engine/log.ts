// What is known of one log: a window of its messages, and where it stands.
//
// Pure: says what the window is after an entry, and after a page before or behind it. Entries are
// absolute, so one that a page already shows does no harm; the last ones are kept, for a page that
// was read before they came.

import type { ChatMessage, Entry, History, Position } from "../protocol";

/** Messages in a window; beyond, the far end is let go and fetched again when it is wanted. */
export const WINDOW = 300;
/** Entries kept for pages that come late. */
const RECENT = 200;

export interface Log {
  /** The last entry that is in it. */
  readonly position: Position;
  /** In order of their numbers, without a hole. */
  readonly messages: readonly ChatMessage[];
  readonly moreBefore: boolean;
  /** The window ends before the log does. */
  readonly moreAfter: boolean;
  readonly recent: readonly Entry[];
  /** Messages outside the window that others in it answer, by number; `undefined` while asked for. */
  readonly quoted: ReadonlyMap<number, ChatMessage | undefined>;
}

/** A window onto a page; `before` is what was known of the same log until now. */
export function opened(page: History, before?: Log): Log {
  const same = before?.position.epoch === page.position.epoch ? before : undefined;
  const recent = same?.recent ?? [];
  const log = {
    position: newest(page.position, same?.position),
    messages: page.messages,
    moreBefore: page.more_before,
    moreAfter: page.more_after,
    recent,
    quoted: same?.quoted ?? new Map(),
  };
  return late(log, page.position.seq);
}

/** The log after its next entry. */
export function applied(log: Log, entry: Entry): Log {
  const { seq, tag } = entry;
  const after = changed(log, entry);
  return {
    ...after,
    position: { ...log.position, seq, tag },
    recent: [...log.recent, entry].slice(-RECENT),
  };
}

/** The window grown by the page before it. */
export function grownBefore(log: Log, page: History): Log {
  const first = log.messages[0]?.seq ?? Number.POSITIVE_INFINITY;
  const older = page.messages.filter(({ seq }) => seq < first);
  const messages = [...older, ...log.messages];
  const cut = messages.length > WINDOW;
  return late(
    {
      ...log,
      messages: messages.slice(0, WINDOW),
      moreBefore: page.more_before,
      moreAfter: log.moreAfter || cut,
    },
    page.position.seq,
  );
}

/** The window grown by the page behind it. */
export function grownAfter(log: Log, page: History): Log {
  const last = log.messages.at(-1)?.seq ?? 0;
  const newer = page.messages.filter(({ seq }) => seq > last);
  const messages = [...log.messages, ...newer];
  const cut = messages.length > WINDOW;
  return late(
    {
      ...log,
      messages: messages.slice(-WINDOW),
      moreBefore: log.moreBefore || cut,
      moreAfter: page.more_after,
    },
    page.position.seq,
  );
}

/** The message of a number, in the window or among the quoted. */
export function found(log: Log, seq: number): ChatMessage | undefined {
  return log.messages.find((message) => message.seq === seq) ?? log.quoted.get(seq);
}

/** What came after a page was read is told to it as well. */
function late(log: Log, readAt: number): Log {
  return log.recent.filter(({ seq }) => seq > readAt).reduce(changed, log);
}

function changed(log: Log, entry: Entry): Log {
  if (entry.kind === "message") {
    const last = log.messages.at(-1)?.seq ?? 0;
    if (log.moreAfter || entry.message.seq <= last) return log;
    const messages = [...log.messages, entry.message];
    const cut = messages.length > WINDOW;
    return { ...log, messages: messages.slice(-WINDOW), moreBefore: log.moreBefore || cut };
  }
  const become = (message: ChatMessage) => became(message, entry);
  const quote = log.quoted.get(entry.of);
  return {
    ...log,
    messages: log.messages.map((message) => (message.seq === entry.of ? become(message) : message)),
    quoted: quote ? new Map(log.quoted).set(entry.of, become(quote)) : log.quoted,
  };
}

function became(message: ChatMessage, entry: Exclude<Entry, { kind: "message" }>): ChatMessage {
  switch (entry.kind) {
    case "edited": {
      const { mentions: _, ...rest } = message;
      const body = { kind: "text" as const, text: entry.text };
      const { mentions, at_ms } = entry;
      return { ...rest, body, edited_at_ms: at_ms, ...(mentions && { mentions }) };
    }
    case "deleted": {
      const { mentions: _, reactions: __, edited_at_ms: ___, ...rest } = message;
      return { ...rest, body: { kind: "deleted", by: entry.by } };
    }
    case "reacted":
      return { ...message, reactions: entry.reactions };
  }
}

function newest(one: Position, other: Position | undefined): Position {
  return other && other.seq > one.seq ? other : one;
}
