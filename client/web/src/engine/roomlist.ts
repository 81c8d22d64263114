// The list of rooms and how deltas change it.
//
// Pure: owns nothing, decides only what the list is after a change.

/** The list after the changes. A change of a room that is not there is ignored, unless it brings it. */
export function applied(
  before: readonly RoomSummary[],
  changes: readonly RoomChange[],
): RoomSummary[] {
  const rooms = new Map(before.map((room) => [room.id, room]));
  for (const change of changes) {
    if (change.removed) {
      rooms.delete(change.id);
      continue;
    }
    const room = change.summary ?? rooms.get(change.id);
    if (!room) continue;
    const inside = new Map(room.participants.map((person) => [person.number, person]));
    for (const person of change.present ?? []) inside.set(person.number, person);
    for (const number of change.left ?? []) inside.delete(number);
    rooms.set(change.id, {
      ...room,
      messages: change.messages ?? room.messages,
      count: change.count ?? room.count,
      participants: [...inside.values()],
    });
  }
  return [...rooms.values()];
}

import type { RoomChange, RoomSummary } from "../protocol";
