// The room that one is in.

import { Check, ChevronLeft, Link, Pencil, Users } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import { Chat } from "../chat/chat";
import { CallBar } from "../direct/call-bar";
import type { Hearth } from "../engine/hearth";
import { call, people } from "../engine/stores";
import { face, invitation, lay } from "../face";
import type { RoomSummary } from "../protocol";
import { words } from "../words";
import { Banners } from "./banners";
import { copy } from "./copy";
import { LineButton } from "./line";
import { MiniButton } from "./mini";
import { Stage } from "./stage";

interface Props {
  hearth: Hearth;
  room: RoomSummary;
  peopleShown: boolean;
  onpeople: () => void;
}

const COPIED_MS = 2_000;

export function Room({ hearth, room, peopleShown, onpeople }: Props) {
  const phase = useStore(call, (state) => state.phase);
  const id = useStore(people, (state) => state.room);
  const role = useStore(people, (state) => state.role);
  const heading = useRef<HTMLHeadingElement>(null);
  const [copied, setCopied] = useState(false);
  // Walking in moves the focus to where one is.
  useEffect(() => heading.current?.focus(), [id]);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <main className="floor" id="main" data-lost={phase === "lost" ? "" : undefined}>
      <Banners hearth={hearth} />
      <header className="head">
        <button
          className="icon-btn only-s"
          type="button"
          aria-label={words.back}
          onClick={() => face.setState({ tab: "rooms" })}
        >
          <ChevronLeft />
        </button>
        <div className="head-t">
          <h1 ref={heading} tabIndex={-1}>
            {room.name}
          </h1>
          {room.topic && <p>{room.topic}</p>}
        </div>
        {(role === "owner" || role === "moderator") && (
          <button
            className="icon-btn"
            type="button"
            aria-label={words.order.edit}
            title={words.order.edit}
            aria-haspopup="dialog"
            onClick={() => lay({ kind: "edit-room", room: room.id })}
          >
            <Pencil />
          </button>
        )}
        <LineButton />
        <MiniButton />
        <button
          className="icon-btn"
          type="button"
          aria-label={copied ? words.room.copied : words.room.copy}
          title={words.room.copy}
          onClick={() => void copy(invitation(room.id)).then(setCopied)}
        >
          {copied ? <Check /> : <Link />}
        </button>
        <button
          className="icon-btn wide-only"
          type="button"
          aria-label={words.room.people}
          aria-pressed={peopleShown}
          title={words.room.people}
          onClick={onpeople}
        >
          <Users />
        </button>
      </header>
      <CallBar hearth={hearth} />
      <Stage room={room} />
      <Chat
        key={room.id}
        hearth={hearth}
        place={`room:${room.id}`}
        label={words.chat.in(room.name)}
        write={words.chat.write}
        blank={words.chat.blank}
      />
    </main>
  );
}
