// A room that is full: waiting at its door until somebody leaves.

import { useEffect } from "react";
import type { Hearth } from "../engine/hearth";
import { Arch } from "../look/arch";
import { Layer } from "../look/layer";
import { words } from "../words";
import { useRoom } from "./entry";
import { walk } from "./walk";

export function RoomFull({
  hearth,
  id,
  onclose,
}: {
  hearth: Hearth;
  id: string;
  onclose: () => void;
}) {
  const room = useRoom(id);
  const most = room?.max_participants;
  const free = room !== undefined && (most === undefined || room.count < most);
  useEffect(() => {
    if (free) void walk(hearth, id);
    // Whoever is faster gets in; then it is full again.
  }, [free, hearth, id]);
  return (
    <Layer className="dialog" onclose={onclose}>
      {(headingId) => (
        <>
          <div className="dlg-top">
            <Arch kind="house" size={64} glyph={room?.icon} />
            <div>
              <h2 id={headingId}>
                {words.rooms.full(room?.name ?? id, room?.count ?? 0, most ?? 0)}
              </h2>
              <p role="status">{words.rooms.fullHint}</p>
            </div>
          </div>
          <div className="dlg-a">
            <button className="btn quiet" type="button" data-first onClick={onclose}>
              {words.rooms.fullLeave}
            </button>
          </div>
        </>
      )}
    </Layer>
  );
}
