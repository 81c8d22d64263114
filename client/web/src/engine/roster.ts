// Who is in the room that one is in, as the stores hold it.

import type { RoomSummary } from "../protocol";
import { call, people, rooms, session } from "./stores";

/** Takes everybody anew. A crowd names only those who spoke: oneself is always there. */
export function fill(room: RoomSummary): void {
  const { you } = people.getState();
  const { identity = "", name, avatar } = session.getState();
  const here = new Map(room.participants.map((person) => [person.number, person]));
  if (you !== undefined && !here.has(you)) {
    const { speaks, muted, deafened } = call.getState();
    const voice = { connected: false, speaking: false, speaks, muted, deafened };
    here.set(you, { number: you, identity, name, avatar, voice });
  }
  people.setState({ here, count: Math.max(room.count, here.size) });
}

/** No room, and nobody. */
export function clear(): void {
  people.setState(people.getInitialState());
}

/** A room as it is called. */
export function named(room: string): string {
  return rooms.getState().rooms?.find(({ id }) => id === room)?.name ?? room;
}
