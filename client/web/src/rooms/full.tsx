// A room that is full: waiting at its door until somebody leaves.

import { useEffect, useState } from "react";
import type { Hearth } from "../engine/hearth";
import type { Trouble } from "../engine/stores";
import { Arch } from "../look/arch";
import { Layer } from "../look/layer";
import { words } from "../words";
import { useRoom } from "./entry";
import { arrived, barred } from "./walk";

/** Between two tries where no list says how full it is: ever more patiently. */
const AGAIN_FIRST_MS = 3_000;
const AGAIN_MAX_MS = 60_000;
/** Half an hour; then whoever still waits asks by hand. */
const MOST_TRIES = 34;
/** What passes by itself. */
const PASSING: readonly Trouble[] = ["room_full", "busy", "rate_limited", "offline"];

interface Props {
  hearth: Hearth;
  id: string;
  onclose: () => void;
}

export function RoomFull({ hearth, id, onclose }: Props) {
  const room = useRoom(id);
  const { waiting, tryNow } = useSeat(hearth, id);
  const most = room?.max_participants;
  const hint = waiting ? words.rooms.fullUnlisted : words.rooms.fullStill;
  return (
    <Layer className="dialog" onclose={onclose}>
      {(headingId) => (
        <>
          <div className="dlg-top">
            <Arch kind="house" size={64} glyph={room?.icon} />
            <div>
              <h2 id={headingId}>
                {room
                  ? words.rooms.full(room.name, room.count, most ?? room.count)
                  : words.rooms.fullName(id)}
              </h2>
              <p role="status">{room ? words.rooms.fullHint : hint}</p>
            </div>
          </div>
          <div className="dlg-a">
            <button className="btn quiet" type="button" data-first onClick={onclose}>
              {words.rooms.fullLeave}
            </button>
            {!room && (
              <button className="btn main" type="button" onClick={tryNow}>
                {words.banner.tryNow}
              </button>
            )}
          </div>
        </>
      )}
    </Layer>
  );
}

/** Takes a seat as soon as there is one: the list tells of it, or the door is tried now and then. */
function useSeat(hearth: Hearth, id: string) {
  const room = useRoom(id);
  const [tries, setTries] = useState(0);
  const most = room?.max_participants;
  const taken = room !== undefined && most !== undefined && room.count >= most;
  const waiting = tries < MOST_TRIES;
  const enter = async () => {
    const trouble = await hearth.walkInto(id);
    if (!trouble) arrived();
    // Whoever is faster gets in; then it is full again.
    else if (PASSING.includes(trouble)) setTries((before) => before + 1);
    else barred(id, trouble);
  };
  const listed = room !== undefined;
  useEffect(() => {
    if (taken) return setTries(0);
    if (!waiting) return;
    const wait = Math.min(AGAIN_MAX_MS, AGAIN_FIRST_MS * 2 ** tries);
    const timer = setTimeout(() => void enter(), listed && tries === 0 ? 0 : wait);
    return () => clearTimeout(timer);
  }, [hearth, id, listed, taken, waiting, tries]);
  return { waiting, tryNow: () => void enter() };
}
