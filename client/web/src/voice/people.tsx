// Everybody: in this room, and elsewhere in the house.

import { AudioLines, EarOff, HeadphoneOff, Headphones, MicOff, VolumeX } from "lucide-react";
import { memo } from "react";
import { useStore } from "zustand";
import { openDirect } from "../direct/open";
import { people, rooms, settings } from "../engine/stores";
import { layPerson } from "../face";
import { Arch } from "../look/arch";
import type { Participant, RoomSummary } from "../protocol";
import { archState, isDeaf, isMute, isOutOfEarshot, stateWord } from "../rooms/inside";
import { words } from "../words";

/** Rows before the rest becomes a number. */
const SHOWN = 60;
const ELSEWHERE = 20;

export function PeopleList({ room }: { room: RoomSummary }) {
  const { here, you, speaking, count } = useStore(people);
  const list = useStore(rooms, (state) => state.rooms) ?? [];
  const inside = [...here.values()];
  const others = list
    .filter(({ id }) => id !== room.id)
    .flatMap(({ name, participants }) => participants.map((person) => ({ name, person })));
  return (
    <aside className="people" aria-label={words.room.people}>
      <h2>
        {words.room.inHere(room.name)} <span>{count}</span>
      </h2>
      <ul>
        {inside.slice(0, SHOWN).map((person) => (
          <Row
            key={person.number}
            person={person}
            speaking={speaking.has(person.number)}
            you={person.number === you}
          />
        ))}
        {count > SHOWN && <li className="more">{words.room.more(count - SHOWN)}</li>}
      </ul>
      {others.length > 0 && (
        <>
          <h2>
            {words.rooms.elsewhere} <span>{others.length}</span>
          </h2>
          <ul>
            {others.slice(0, ELSEWHERE).map(({ name, person }) => (
              <li key={person.number} className="away">
                <button type="button" onClick={() => openDirect(person.identity)}>
                  <Arch avatar={person.avatar} name={person.name} size={28} />
                  <span>
                    {person.name} <small>{words.rooms.inRoom(name)}</small>
                    <span className="vh">, {words.chat.writeTo(person.name)}</span>
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </aside>
  );
}

interface RowProps {
  person: Participant;
  speaking: boolean;
  you: boolean;
}

const Row = memo(function Row({ person, speaking, you }: RowProps) {
  const blocked = useStore(settings, (state) => state.known[person.identity]?.blocked ?? false);
  const state = archState(person, speaking);
  const word = blocked ? words.room.state.blocked : stateWord(person, speaking);
  const role = person.role && person.role !== "member" ? words.roles[person.role] : undefined;
  const Icon = blocked ? VolumeX : icon(person, state === "speaking");
  return (
    <li>
      <button
        type="button"
        aria-haspopup="dialog"
        aria-label={[person.name, you && words.you, role, word].filter(Boolean).join(", ")}
        className={state === "speaking" ? "talks" : ""}
        onClick={(event) => layPerson(person.number, event.currentTarget)}
      >
        <Arch
          avatar={person.avatar}
          name={person.name}
          size={28}
          state={state === "speaking" ? undefined : state}
        />
        <span>
          {person.name} {you && <small>{words.you.toLowerCase()}</small>}{" "}
          {role && <small>{role}</small>}
        </span>
        {Icon && <Icon className={`st ${state === "speaking" ? "wave" : ""}`} />}
      </button>
    </li>
  );
});

function icon(person: Participant, speaking: boolean) {
  const { voice } = person;
  if (isOutOfEarshot(person)) return EarOff;
  if (isDeaf(voice)) return HeadphoneOff;
  if (!voice.connected) return undefined;
  if (!voice.speaks) return Headphones;
  if (isMute(voice)) return MicOff;
  return speaking ? AudioLines : undefined;
}
