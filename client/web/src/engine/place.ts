// Where something is written, as a key: rooms and people by one kind of name.
//
// Pure: turns conversations of the protocol into keys of the stores and back.

/** A conversation as a key: `room:general`, `person:3f0c…`. */
export type Place = `room:${string}` | `person:${string}`;

export function placeOf(conversation: Conversation): Place {
  return "room" in conversation
    ? `room:${conversation.room}`
    : (`person:${conversation.person}` as const);
}

export function conversationOf(place: Place): Conversation {
  const name = place.slice(place.indexOf(":") + 1);
  return place.startsWith("room:") ? { room: name } : { person: name };
}

/** The room of a place; `undefined` for a person. */
export function roomOf(place: Place): string | undefined {
  return place.startsWith("room:") ? place.slice("room:".length) : undefined;
}

/** The person of a place; `undefined` for a room. */
export function personOf(place: Place): string | undefined {
  return place.startsWith("person:") ? place.slice("person:".length) : undefined;
}

import type { Conversation } from "../protocol";
