// The rooms beside the one that one is in.

import { Plus } from "lucide-react";
import { type CSSProperties, Fragment } from "react";
import { useStore } from "zustand";
import { Badge, useNews } from "../chat/badge";
import { DirectList } from "../direct/list";
import type { Hearth } from "../engine/hearth";
import { people, rooms } from "../engine/stores";
import { face, lay } from "../face";
import { Arch, Logo } from "../look/arch";
import type { RoomSummary } from "../protocol";
import { words } from "../words";
import { glow, whoIsInside } from "./inside";
import { Marks } from "./marks";
import { SearchButton } from "./search";
import { walk } from "./walk";

/** Names in a row; the rest is a number. */
const NAMED = 3;

export function Rail({ hearth }: { hearth: Hearth }) {
  const list = useStore(rooms, (state) => state.rooms) ?? [];
  const current = useStore(people, (state) => state.room);
  const direct = useStore(face, (state) => state.direct);
  const enter = (room: RoomSummary) => {
    if (room.id === current) {
      face.setState({ tab: "voice", direct: undefined, settings: undefined });
    } else void walk(hearth, room.id);
  };
  return (
    <nav className="rail" aria-label={words.rooms.list}>
      <p className="brand">
        <Logo />
        {words.hearth}
      </p>
      <SearchButton />
      <div className="rail-scroll">
        <div className="rail-h of-rooms">
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
        <ul className="rows of-rooms">
          {list.map((room) => (
            <RailRow
              key={room.id}
              room={room}
              current={room.id === current && !direct}
              onenter={() => enter(room)}
            />
          ))}
        </ul>
        <DirectList />
      </div>
    </nav>
  );
}

interface RowProps {
  room: RoomSummary;
  current: boolean;
  onenter: () => void;
}

function RailRow({ room, current, onenter }: RowProps) {
  const news = useNews([`room:${room.id}`]);
  return (
    <li>
      <a
        className={`row ${news.unread > 0 && !current ? "unread" : ""}`}
        href={`#/r/${encodeURIComponent(room.id)}`}
        aria-current={current ? "page" : undefined}
        data-lit={room.count > 0 ? "" : undefined}
        style={{ "--level": glow(room) } as CSSProperties}
        onClick={(event) => {
          event.preventDefault();
          onenter();
        }}
      >
        <Arch kind="house" size={32} glyph={room.icon} />
        <span className="row-t">
          <b>
            {room.name}
            <span className="vh">, {words.rooms.inside(room.count)}. </span>
            <Marks room={room} />
          </b>
          <Who room={room} />
        </span>
        {news.unread > 0 && !current ? (
          <Badge {...news} />
        ) : (
          room.count > 0 && (
            <span className="n" aria-hidden="true">
              {room.count}
            </span>
          )
        )}
        <span className="vh">{whoIsInside(room)}</span>
      </a>
    </li>
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
