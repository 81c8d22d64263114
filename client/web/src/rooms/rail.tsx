// The rooms beside the one that one is in.

import { Plus } from "lucide-react";
import { type CSSProperties, Fragment } from "react";
import { useStore } from "zustand";
import type { Hearth } from "../engine/hearth";
import { people, rooms } from "../engine/stores";
import { face, lay } from "../face";
import { Arch, Logo } from "../look/arch";
import type { RoomSummary } from "../protocol";
import { words } from "../words";
import { glow, whoIsInside } from "./inside";
import { SearchButton } from "./search";
import { walk } from "./walk";

/** Names in a row; the rest is a number. */
const NAMED = 3;

export function Rail({ hearth }: { hearth: Hearth }) {
  const list = useStore(rooms, (state) => state.rooms) ?? [];
  const current = useStore(people, (state) => state.room);
  const enter = (room: RoomSummary) => {
    if (room.id === current) face.setState({ tab: "voice", settings: undefined });
    else void walk(hearth, room.id);
  };
  return (
    <nav className="rail" aria-label={words.rooms.list}>
      <p className="brand">
        <Logo />
        {words.hearth}
      </p>
      <SearchButton />
      <div className="rail-scroll">
        <div className="rail-h">
          <h2>{words.rooms.list}</h2>
          <button
            className="icon-btn small"
            type="button"
            aria-label={words.rooms.open}
            onClick={() => lay({ kind: "new-room" })}
          >
            <Plus />
          </button>
        </div>
        <ul className="rows">
          {list.map((room) => (
            <li key={room.id}>
              <a
                className="row"
                href={`#/r/${encodeURIComponent(room.id)}`}
                aria-current={room.id === current ? "page" : undefined}
                data-lit={room.count > 0 ? "" : undefined}
                style={{ "--level": glow(room) } as CSSProperties}
                onClick={(event) => {
                  event.preventDefault();
                  enter(room);
                }}
              >
                <Arch kind="house" size={32} glyph={room.icon} />
                <span className="row-t">
                  <b>
                    {room.name}
                    <span className="vh">, {words.rooms.inside(room.count)}. </span>
                  </b>
                  <Who room={room} />
                </span>
                {room.count > 0 && (
                  <span className="n" aria-hidden="true">
                    {room.count}
                  </span>
                )}
                <span className="vh">{whoIsInside(room)}</span>
              </a>
            </li>
          ))}
        </ul>
      </div>
    </nav>
  );
}

/** Who is inside, those who talk first and in the colour of a voice. */
function Who({ room }: { room: RoomSummary }) {
  if (room.count === 0) {
    return (
      <span className="who" aria-hidden="true">
        {words.rooms.emptyShort}
      </span>
    );
  }
  const speaking = (person: RoomSummary["participants"][number]) =>
    person.voice.speaking && !person.voice.muted;
  const named = [
    ...room.participants.filter(speaking),
    ...room.participants.filter((person) => !speaking(person)),
  ].slice(0, NAMED);
  const rest = room.count - named.length;
  return (
    <span className="who" aria-hidden="true">
      {named.map((person, index) => (
        <Fragment key={person.number}>
          {index > 0 && ", "}
          {speaking(person) ? <i>{person.name}</i> : person.name}
        </Fragment>
      ))}
      {rest > 0 && ` ${words.room.more(rest)}`}
    </span>
  );
}
