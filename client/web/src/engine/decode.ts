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

const voice = shape({
  connected: flag,
  speaks: flag,
  speaking: flag,
  muted: flag,
  deafened: flag,
});
const avatar = shape({ coat: count }, { emoji: text });
const participant = shape({ number: count, identity: text, name: text, avatar, voice });
const summary = shape(
  { id: text, name: text, icon: text, count, participants: list(participant) },
  { topic: text, max_participants: count },
);
const change = shape(
  { id: text },
  { summary, removed: flag, count, present: list(participant), left: list(count) },
);
const iceServer = shape({ urls: list(text) }, { username: text, credential: text });

const acks: Record<string, Check> = {
  done: () => true,
  "room:list": shape({ rooms: list(summary) }),
  "room:create": shape({ room: summary }),
  "room:join": shape({ snapshot: shape({ room: summary, you: count }) }),
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
  "participant:voice": shape({ room: text, number: count, voice }),
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
