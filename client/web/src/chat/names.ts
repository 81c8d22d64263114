// Who is called what: of identities, every name that the page has seen.

import { people, rooms } from "../engine/stores";
import { written } from "../engine/written";
import type { Avatar, IdentityId } from "../protocol";

/** Somebody as the page knows them. */
export interface Known {
  identity: IdentityId;
  name: string;
  avatar: Avatar;
}

/** Everybody the page has seen: those who are here first, then elsewhere, then who has written. */
export function* everybody(): Generator<Known> {
  yield* people.getState().here.values();
  for (const room of rooms.getState().rooms ?? []) yield* room.participants;
  const { directs, logs } = written.getState();
  for (const { person } of directs ?? []) yield person;
  for (const log of logs.values()) {
    for (const message of log.messages) yield message.author;
  }
}

/** All names of these, as messages may have them. */
export function namesOf(identities: readonly IdentityId[]): string[] {
  if (identities.length === 0) return [];
  const names = new Set<string>();
  for (const { identity, name } of everybody()) {
    if (identities.includes(identity)) names.add(name);
  }
  return [...names];
}

/** How somebody is called now, if the page has seen them. */
export function known(identity: IdentityId): Known | undefined {
  for (const somebody of everybody()) {
    if (somebody.identity === identity) return somebody;
  }
  return undefined;
}
