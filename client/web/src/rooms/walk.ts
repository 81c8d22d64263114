// Walking into a room from anywhere on the page, and standing before one that does not open.

import type { Hearth } from "../engine/hearth";
import { rooms, session, type Trouble } from "../engine/stores";
import { face, lay } from "../face";

/** Walks in, shows the room, and says why not if not. */
export async function walk(hearth: Hearth, room: string): Promise<void> {
  session.setState({ trouble: undefined });
  const trouble = await hearth.walkInto(room);
  if (trouble) barred(room, trouble);
  else arrived();
}

/** Shows the room that one is in now. */
export function arrived(): void {
  face.setState({ tab: "voice", direct: undefined, settings: undefined, over: undefined });
}

/** A room does not let one in: waits at its door, or says why not. */
export function barred(room: string, trouble: Trouble): void {
  if (trouble === "room_full") lay({ kind: "full", room });
  else if (trouble === "wrong_password") lay({ kind: "password", room });
  else {
    // Nothing is waited for at a door that stays closed.
    if (face.getState().over?.kind === "full") lay(undefined);
    session.setState({ trouble });
  }
}

/** Goes away from the door of a room. The address of one that is in no list stays: it is the only way back. */
export function turnAway(room: string): void {
  lay(undefined);
  const listed = rooms.getState().rooms?.some(({ id }) => id === room);
  if (listed) session.setState({ wanted: undefined });
}
