// What a room's door tells besides its name: that it is locked, or in no list but this one.

import { EyeOff, Lock } from "lucide-react";
import type { RoomSummary } from "../protocol";
import { words } from "../words";

export function Marks({ room }: { room: RoomSummary }) {
  return (
    <>
      {room.locked && <Lock className="door-mark" role="img" aria-label={words.order.locked} />}
      {room.hidden && <EyeOff className="door-mark" role="img" aria-label={words.order.hidden} />}
    </>
  );
}
