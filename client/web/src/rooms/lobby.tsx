// The rooms, seen from outside: lit or dark, who is inside, who is talking.

import { AudioLines, Plus } from "lucide-react";
import { type CSSProperties, useRef } from "react";
import { useStore } from "zustand";
import { Badge, useNews } from "../chat/badge";
import { CallBar } from "../direct/call-bar";
import { Folk } from "../direct/list";
import type { Hearth } from "../engine/hearth";
import { rooms, session } from "../engine/stores";
import { face, lay } from "../face";
import { Arch, Logo } from "../look/arch";
import { Why } from "../look/refusal";
import type { RoomSummary } from "../protocol";
import { LinkBanner } from "../voice/banners";
import { words } from "../words";
import { archState, glow, talk, talkers, whoIsInside } from "./inside";
import { Marks } from "./marks";
import { SearchButton } from "./search";
import { walk } from "./walk";

/** Arches on a door's sill; the rest is a number. */
const SHOWN = 8;
const SHOWN_NARROW = 5;

export function Lobby({ hearth }: { hearth: Hearth }) {
  const { name, avatar, trouble, moved } = useStore(session);
  const list = useStore(rooms, (state) => state.rooms);
  const shown = useSteady(list ?? []);
  const lit = list?.filter((room) => room.count > 0).length ?? 0;
  const inside = list?.reduce((sum, room) => sum + room.count, 0) ?? 0;
  return (
    <main className="lobby" id="main">
      <header className="lobby-head">
        <p className="brand">
          <Logo />
          {words.hearth}
        </p>
        <SearchButton />
        <button className="me-btn" type="button" onClick={() => face.setState({ settings: "you" })}>
          <Arch avatar={avatar} name={name} size={28} />
          {name}
          <span className="vh">, {words.rooms.settings}</span>
        </button>
      </header>
      <LinkBanner />
      <CallBar hearth={hearth} />
      <div className="lobby-body">
        <div className="lobby-title">
          <h1>{list ? words.rooms.lit(lit) : words.rooms.loading}</h1>
          {list && <p>{words.rooms.sum(inside)}</p>}
          {moved && (
            <p className="err" role="alert">
              {words.moved[moved.why](moved.by, moved.room)}
              {moved.reason && ` “${moved.reason}”`}
            </p>
          )}
          {trouble && (
            <p className="err" role="alert">
              <Why trouble={trouble} />
            </p>
          )}
        </div>
        <ul className="doors" aria-label={words.rooms.list} {...shown.pointer}>
          {shown.rooms.map((room) => (
            <Door key={room.id} room={room} onenter={() => void walk(hearth, room.id)} />
          ))}
          {list && (
            <li className="door open">
              <button type="button" onClick={() => lay({ kind: "new-room" })}>
                <Arch kind="gap" size={112} glyph={<Plus />} />
                <span className="door-text">
                  <span className="door-name">{words.rooms.open}</span>
                  <span className="door-topic">{words.rooms.openHint}</span>
                </span>
              </button>
            </li>
          )}
        </ul>
        <Folk />
      </div>
    </main>
  );
}

function Door({ room, onenter }: { room: RoomSummary; onenter: () => void }) {
  const news = useNews([`room:${room.id}`]);
  const talking = talkers(room).length > 0;
  const rest = (shown: number) => room.count - Math.min(shown, room.participants.length);
  return (
    <li
      className={`door ${room.count > 0 ? "lit" : ""}`}
      style={{ "--level": glow(room) } as CSSProperties}
    >
      <a
        href={`#/r/${encodeURIComponent(room.id)}`}
        onClick={(event) => {
          event.preventDefault();
          onenter();
        }}
      >
        <Arch kind="house" size={112} glyph={room.icon} />
        <span className="door-text">
          <span className="door-name">
            {room.name}
            <span className="vh">, {words.rooms.inside(room.count)}. </span>
            <Marks room={room} />
            {room.count > 0 && (
              <span className="door-n" aria-hidden="true">
                {room.count}
              </span>
            )}
            <Badge {...news} />
          </span>
          {room.topic && <span className="door-topic">{room.topic}</span>}
          <span className={`door-talk ${talking ? "" : "still"}`}>
            {talking && <AudioLines className="wave" />}
            {talk(room)}
          </span>
        </span>
        {room.participants.length > 0 && (
          <span className="inside" aria-hidden="true">
            {room.participants.slice(0, SHOWN).map((person) => (
              <span
                key={person.number}
                className="seat"
                data-state={archState(person, person.voice.speaking)}
              >
                <Arch avatar={person.avatar} name={person.name} size={30} />
              </span>
            ))}
            {rest(SHOWN_NARROW) > 0 && (
              <span className="plus">
                {rest(SHOWN) > 0 && <span className="at-wide">+{rest(SHOWN)}</span>}
                <span className="at-narrow">+{rest(SHOWN_NARROW)}</span>
              </span>
            )}
          </span>
        )}
        <span className="vh">{whoIsInside(room)}</span>
      </a>
    </li>
  );
}

/** The order never changes while the pointer is over the list: what is new waits at the end. */
function useSteady(rooms: readonly RoomSummary[]) {
  const over = useRef(false);
  const order = useRef<readonly string[]>([]);
  if (over.current) {
    const place = (room: RoomSummary) => {
      const index = order.current.indexOf(room.id);
      return index < 0 ? order.current.length : index;
    };
    rooms = rooms.toSorted((a, b) => place(a) - place(b));
  }
  order.current = rooms.map((room) => room.id);
  return {
    rooms,
    pointer: {
      onPointerEnter: () => {
        over.current = true;
      },
      onPointerLeave: () => {
        over.current = false;
      },
    },
  };
}
