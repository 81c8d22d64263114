// The stage: who is in the room, standing on one sill, and the bench for those who listen.

import { Check, Headphones, Link, MicOff } from "lucide-react";
import { useState } from "react";
import { useStore } from "zustand";
import { call, people } from "../engine/stores";
import { invitation, layPerson } from "../face";
import { Arch } from "../look/arch";
import type { Participant, RoomSummary } from "../protocol";
import { archState, isMute, stateWord } from "../rooms/inside";
import { words } from "../words";
import { copy } from "./copy";
import { Repair } from "./repair";
import { Seat } from "./seat";
import { between, verdict } from "./verdict";

/** Up to so many people, the arches are large. */
const FEW = 4;
/** More than so many on the bench are a number. */
const BENCH = 12;

export function Stage({ room }: { room: RoomSummary | undefined }) {
  const { here, seats, speaking, you, count } = useStore(people);
  const quality = useStore(call, (state) => state.quality);
  const phase = useStore(call, (state) => state.phase);
  const told = useStore(call, (state) => state.told);
  const weak = verdict(phase, quality) === "poor";
  const seated = seats.map((number) => here.get(number)).filter((person) => person !== undefined);
  const bench = [...here.values()].filter((person) => !seats.includes(person.number));
  const alone = count <= 1;
  const few = count <= FEW;
  return (
    <section
      className={`stage ${few ? "hush" : ""}`}
      aria-label={words.room.voiceIn(room?.name ?? "")}
    >
      <h2 className="vh">{words.room.front(seated.length, count)}</h2>
      <ul className={`arcade ${few ? "few" : ""}`}>
        {seated.map((person) => (
          <Seat
            key={person.number}
            person={person}
            speaking={speaking.has(person.number)}
            you={person.number === you}
            trouble={person.number === you ? (weak ? "weak" : undefined) : between(person, told)}
          />
        ))}
        {alone &&
          ["a", "b", "c"].map((place) => (
            <li key={place} className="seat free" aria-hidden="true">
              <span className="stand">
                <Arch kind="gap" />
              </span>
            </li>
          ))}
      </ul>
      {alone && room && <First room={room.id} />}
      {bench.length > 0 && <Bench people={bench} rest={count - seated.length - BENCH} />}
      <Repair />
    </section>
  );
}

function Bench({ people: sitting, rest }: { people: readonly Participant[]; rest: number }) {
  return (
    <div className="bench">
      <h3>
        {words.room.listening} <span>{sitting.length}</span>
      </h3>
      <ul>
        {sitting.slice(0, BENCH).map((person) => (
          <li key={person.number}>
            <button
              type="button"
              aria-haspopup="dialog"
              aria-label={`${person.name}, ${stateWord(person, false)}. ${words.room.actions}`}
              onClick={(event) => layPerson(person.number, event.currentTarget)}
            >
              <Arch
                avatar={person.avatar}
                name={person.name}
                size={24}
                state={archState(person, false)}
              />
              {person.name}
              {isMute(person.voice) ? <MicOff /> : !person.voice.speaks && <Headphones />}
            </button>
          </li>
        ))}
        {rest > 0 && <li className="hint rest">{words.room.more(rest)}</li>}
      </ul>
      <p className="bench-hint">{words.room.moves}</p>
    </div>
  );
}

function First({ room }: { room: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <div className="hush-t">
      <h2>{words.room.first}</h2>
      <p>{words.room.firstHint}</p>
      <p className="hush-a">
        <button
          className="btn main"
          type="button"
          onClick={() => void copy(invitation(room)).then(setCopied)}
        >
          {copied ? <Check /> : <Link />}
          {copied ? words.room.copied : words.room.copy}
        </button>
      </p>
    </div>
  );
}
