// Walking into a room from anywhere on the page.

import type { Hearth } from "../engine/hearth";
import { session } from "../engine/stores";
import { face, lay } from "../face";

/** Walks in, shows the room, and says why not if not. */
export async function walk(hearth: Hearth, room: string): Promise<void> {
  session.setState({ trouble: undefined });
  const trouble = await hearth.walkInto(room);
  if (trouble === "room_full") lay({ kind: "full", room });
  else if (trouble === "wrong_password") lay({ kind: "password", room });
  else if (trouble) session.setState({ trouble });
  else face.setState({ tab: "voice", direct: undefined, settings: undefined, over: undefined });
}
