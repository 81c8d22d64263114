// Opening a conversation with somebody, from anywhere on the page.

import { useStore } from "zustand";
import type { Place } from "../engine/place";
import { rooms } from "../engine/stores";
import { written } from "../engine/written";
import { face } from "../face";
import type { IdentityId } from "../protocol";

export function openDirect(person: IdentityId): void {
  face.setState({ direct: person, tab: "direct", settings: undefined, over: undefined });
}

/** Back to the room that one is in, or to all of them. */
export function closeDirect(): void {
  face.setState({ direct: undefined });
}

/** Whether somebody is there just now: seen in a room, or known to be by the list. */
export function useOnline(person: IdentityId): boolean {
  const inRoom = useStore(rooms, (state) =>
    state.rooms?.some(({ participants }) =>
      participants.some(({ identity }) => identity === person),
    ),
  );
  const listed = useStore(written, ({ directs }) =>
    directs?.some((direct) => direct.online && direct.person.identity === person),
  );
  return (inRoom || listed) ?? false;
}

/** All conversations with others, as places. */
export function useDirectPlaces(): readonly Place[] {
  const directs = useStore(written, (state) => state.directs);
  return directs?.map(({ person }): Place => `person:${person.identity}`) ?? [];
}
