// What a moderator may do with somebody, the mildest first.

import { Ban, HeadphoneOff, LogOut, MicOff, ShieldCheck } from "lucide-react";
import { useState } from "react";
import { useStore } from "zustand";
import type { Hearth } from "../engine/hearth";
import { type Moderation, moderate } from "../engine/moderation";
import { people, type Trouble } from "../engine/stores";
import type { Participant } from "../protocol";
import { words } from "../words";

interface Props {
  hearth: Hearth;
  person: Participant;
  onclose: () => void;
}

export function Moderate({ hearth, person, onclose }: Props) {
  const { room, role } = useStore(people);
  const [sure, setSure] = useState(false);
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
        onClick={() =>
          sure ? void ask({ type: "room:ban", room, identity }, true) : setSure(true)
        }
      >
        <Ban />
        <span aria-live="polite">{sure ? words.moderate.banSure : words.moderate.ban}</span>
      </button>
      {trouble && (
        <p className="err" role="alert">
          {words.trouble[trouble]}
        </p>
      )}
    </div>
  );
}
