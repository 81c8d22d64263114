// What a moderator may do with somebody, the mildest first.

import { Ban, DoorOpen, HeadphoneOff, LogOut, MicOff, ShieldCheck } from "lucide-react";
import { useState } from "react";
import { useStore } from "zustand";
import type { Hearth } from "../engine/hearth";
import { type Moderation, moderate } from "../engine/moderation";
import { people, rooms, type Trouble } from "../engine/stores";
import { Why } from "../look/refusal";
import type { Participant } from "../protocol";
import { words } from "../words";
import { BanForm } from "./ban";

interface Props {
  hearth: Hearth;
  person: Participant;
  onclose: () => void;
}

export function Moderate({ hearth, person, onclose }: Props) {
  const { room, role } = useStore(people);
  const [open, setOpen] = useState<"move" | "ban">();
  const list = useStore(rooms, (state) => state.rooms);
  const [trouble, setTrouble] = useState<Trouble>();
  const rank = person.role ?? "member";
  if (!room || role === undefined || role === "member") return null;
  if (role === "moderator" && rank !== "member") return null;
  const { number, identity, voice } = person;
  const muted = voice.server_muted ?? false;
  const deafened = voice.server_deafened ?? false;
  const ask = async (deed: Moderation, last = false) => {
    const refused = await moderate((message) => hearth.socket.request(message), deed);
    setTrouble(refused);
    if (last && !refused) onclose();
  };
  const elsewhere = list?.filter(({ id }) => id !== room) ?? [];
  const promoted = rank === "moderator" ? "member" : "moderator";
  return (
    <div className="menu-in" role="group" aria-label={words.moderate.title(person.name)}>
      <button
        type="button"
        aria-pressed={muted}
        onClick={() => void ask({ type: "room:mute", number, muted: !muted })}
      >
        <MicOff />
        {words.moderate.mute}
      </button>
      <button
        type="button"
        aria-pressed={deafened}
        onClick={() => void ask({ type: "room:deafen", number, deafened: !deafened })}
      >
        <HeadphoneOff />
        {words.moderate.deafen}
      </button>
      {role === "owner" && rank !== "owner" && (
        <button
          type="button"
          onClick={() => void ask({ type: "room:role", room, identity, role: promoted })}
        >
          <ShieldCheck />
          {rank === "moderator" ? words.moderate.member : words.moderate.moderator}
        </button>
      )}
      <button
        type="button"
        aria-expanded={open === "move"}
        onClick={() => setOpen(open === "move" ? undefined : "move")}
      >
        <DoorOpen />
        {words.order.move}
      </button>
      {open === "move" && (
        <div className="move" role="group" aria-label={words.order.move}>
          {elsewhere.length === 0 && <p className="hint">{words.order.noRooms}</p>}
          {elsewhere.map(({ id, name, icon }) => (
            <button
              key={id}
              type="button"
              aria-label={words.order.moveTo(name)}
              onClick={() => void ask({ type: "room:move", number, room: id }, true)}
            >
              <span aria-hidden="true">{icon}</span>
              {words.order.moveTo(name)}
            </button>
          ))}
        </div>
      )}
      <hr />
      <button
        type="button"
        className="bad"
        onClick={() => void ask({ type: "room:kick", number }, true)}
      >
        <LogOut />
        {words.moderate.kick}
      </button>
      <button
        type="button"
        className="bad"
        aria-expanded={open === "ban"}
        onClick={() => setOpen(open === "ban" ? undefined : "ban")}
      >
        <Ban />
        {words.moderate.ban}
      </button>
      {open === "ban" && (
        <BanForm
          onban={(ban) => void ask({ type: "room:ban", room, identity, ...ban }, true)}
          oncancel={() => setOpen(undefined)}
        />
      )}
      {trouble && (
        <p className="err" role="alert">
          <Why trouble={trouble} />
        </p>
      )}
    </div>
  );
}
