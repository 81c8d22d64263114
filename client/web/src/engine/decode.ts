// What the server says, checked before anybody acts on it.
//
// Owns the shapes that are accepted; a message of a newer server (unknown type, more fields) is
// no error. Never throws and never acts.

type Check = (value: unknown) => boolean;
type Fields = Record<string, Check>;

const text: Check = (value) => typeof value === "string";
const flag: Check = (value) => typeof value === "boolean";
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const list =
  (item: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(item);
const shape =
  (needed: Fields, optional: Fields = {}): Check =>
  (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    const fields = value as Record<string, unknown>;
    return (
      Object.entries(needed).every(([name, check]) => check(fields[name])) &&
      Object.entries(optional).every(
        ([name, check]) => fields[name] === undefined || check(fields[name]),
      )
    );
  };

const both =
  (one: Check, other: Check): Check =>
  (value) =>
    one(value) && other(value);
/** One of several shapes, told apart by which field is there. */
const either =
  (shapes: Fields): Check =>
  (value) =>
    Object.entries(shapes).some(
      ([name, check]) =>
        typeof value === "object" && value !== null && Object.hasOwn(value, name) && check(value),
    );
/** One of several shapes, told apart by what is in a field. */
const tagged =
  (field: string, shapes: Fields): Check =>
  (value) => {
    const tag =
      typeof value === "object" && value !== null && (value as Record<string, unknown>)[field];
    return typeof tag === "string" && Object.hasOwn(shapes, tag) && shapes[tag]?.(value) === true;
  };

const voice = shape(
  { connected: flag, speaks: flag, speaking: flag, muted: flag, deafened: flag },
  { server_muted: flag, server_deafened: flag, line: text },
);
const leg = shape({ loss_permille: count, jitter_ms: count });
const avatar = shape({ coat: count }, { emoji: text });
const participant = shape(
  { number: count, identity: text, name: text, avatar, voice },
  { role: text, elsewhere: flag },
);
const summary = shape(
  { id: text, name: text, icon: text, messages: count, count, participants: list(participant) },
  { topic: text, max_participants: count, locked: flag, hidden: flag },
);
const change = shape(
  { id: text },
  {
    summary,
    removed: flag,
    messages: count,
    count,
    present: list(participant),
    left: list(count),
  },
);
const conversation = either({ room: shape({ room: text }), person: shape({ person: text }) });
const position = shape({ epoch: text, seq: count, tag: count });
const read = shape({ seq: count, unread: count, mentions: count });
const reactions = list(shape({ emoji: text, count, by: list(text) }));
const body = tagged("kind", {
  text: shape({ text }),
  voice: shape({ blob: text, mime: text, bytes: count, duration_ms: count, peaks: list(count) }),
  system: shape({ event: shape({ what: text }) }),
  deleted: shape({ by: text }),
});
const written = shape(
  {
    seq: count,
    id: text,
    at_ms: count,
    author: shape({ identity: text, name: text, avatar }),
    body,
  },
  { reply_to: count, mentions: list(text), edited_at_ms: count, reactions },
);
const entry = both(
  shape({ seq: count, tag: count, at_ms: count }),
  tagged("kind", {
    message: shape({ message: written }),
    edited: shape({ of: count, text }, { mentions: list(text) }),
    deleted: shape({ of: count, by: text }),
    reacted: shape({ of: count, by: text, emoji: text, on: flag, reactions }),
  }),
);
const history = shape({
  position,
  messages: list(written),
  more_before: flag,
  more_after: flag,
});
const caughtUp = tagged("outcome", {
  replay: shape({ entries: list(entry) }),
  gap: shape({ history }),
  reset: shape({ history }),
});
const person = shape({ identity: text, name: text, avatar }, { status: text });
const direct = shape(
  {
    person,
    online: flag,
    position,
    read,
    read_by_other: count,
    delivered_to_other: count,
  },
  { last: written },
);
const sentOut = tagged("why", {
  kicked: shape({ by: text }, { reason: text }),
  banned: shape({ by: text }, { reason: text, until_ms: count }),
  deleted: shape({}),
  call_ended: shape({}),
});
const call = shape({ call: text, person, room: text, rings_ms: count });
const snapshot = shape({ room: summary, you: count, role: text, chat: caughtUp, read });
const ban = shape({ identity: text, name: text, by: text }, { until_ms: count, reason: text });
const iceServer = shape({ urls: list(text) }, { username: text, credential: text });

const acks: Record<string, Check> = {
  done: () => true,
  "room:list": shape({ rooms: list(summary) }, { read: list(both(shape({ room: text }), read)) }),
  "room:create": shape({ room: summary }),
  "room:join": shape({ snapshot }),
  "room:bans": shape({ bans: list(ban) }),
  "chat:sent": shape({ message: text, position, at_ms: count }),
  "chat:history": history,
  "chat:catch_up": caughtUp,
  "chat:search": shape({ hits: list(shape({ conversation, message: written })) }, { next: text }),
  "chat:read": read,
  "direct:list": shape({ conversations: list(direct) }),
  "profile:set": shape({ person }),
  call: shape({ call }),
  voice: shape({ answer: text }),
} satisfies Record<Ack["of"], Check>;

const messages: Record<string, Check> = {
  hello: shape(
    {
      id: count,
      version: text,
      protocol: count,
      identity: text,
      token: text,
      name: text,
      avatar,
      session: text,
      resumed: flag,
      heartbeat_ms: count,
      dead_after_ms: count,
      slots: count,
      ice: shape({ servers: list(iceServer) }),
      limits: shape({ room_name_chars: count, topic_chars: count, room_participants: count }),
    },
    { room: text },
  ),
  pong: shape({ id: count }),
  ack: shape({ id: count, result: isAck }),
  error: shape({ code: text, message: text }, { id: count, retry_after_ms: count }),
  "room:list:delta": shape({ changes: list(change) }),
  "room:anew": shape({ summary }),
  "room:count": shape({ room: text, count }),
  "room:delta": shape(
    { room: text },
    { present: list(participant), left: list(shape({ number: count, reason: text })) },
  ),
  "room:sent_out": both(shape({ room: text }), sentOut),
  "room:moved": shape({ by: text, snapshot }),
  "room:role": shape({ room: text, role: text }),
  "participant:voice": shape({ room: text, number: count, voice }),
  "chat:entry": shape({ conversation, entry }),
  "chat:anew": shape({ conversation }),
  "chat:typing": shape({ conversation, identity: text, name: text, typing: flag }),
  "chat:mention": shape({ conversation, message: written, read }),
  "direct:receipt": shape({ person: text, delivered: count, read: count }),
  "direct:person": shape({ person }),
  "call:ringing": shape({ call }),
  "call:accepted": shape({ call }),
  "call:ended": shape({ call: text, how: text }),
  "voice:quality": shape(
    { up: leg, down: leg },
    { rtt_ms: count, unheard: list(count), deaf: list(count), restart: flag },
  ),
  "voice:closed": shape({ reason: text }),
} satisfies Record<ServerMessage["type"], Check>;

function isAck(value: unknown): boolean {
  const of = typeof value === "object" && value !== null && (value as { of?: unknown }).of;
  return typeof of === "string" && Object.hasOwn(acks, of) && acks[of]?.(value) === true;
}

/** The message in a frame, or `undefined` if it is not one that this page understands. */
export function decode(frame: unknown): ServerMessage | undefined {
  if (typeof frame !== "string") return undefined;
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    return undefined;
  }
  const type = typeof value === "object" && value !== null && (value as { type?: unknown }).type;
  if (typeof type !== "string" || !Object.hasOwn(messages, type)) return undefined;
  return messages[type]?.(value) ? (value as ServerMessage) : undefined;
}

/** Whether a frame counts towards a resume: every one but `hello` and `pong`. */
export function counts(message: ServerMessage | undefined): boolean {
  return message?.type !== "hello" && message?.type !== "pong";
}

import type { Ack, ServerMessage } from "../protocol";
