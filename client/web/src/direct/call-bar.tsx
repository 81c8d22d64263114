// The call that there is, wherever one is on the page: a small stage for two, how long it takes,
// mute and hang up. Afterwards, what came of it.

import { MessageSquareText, Phone, PhoneMissed, PhoneOff, X } from "lucide-react";
import { useStore } from "zustand";
import { type CallNow, type CallOutcome, calling } from "../engine/calling";
import type { Hearth } from "../engine/hearth";
import { people, call as voice } from "../engine/stores";
import { face } from "../face";
import { Arch } from "../look/arch";
import { useRoom } from "../rooms/entry";
import { walk } from "../rooms/walk";
import { MuteButton } from "../voice/controls";
import { LineButton } from "../voice/line";
import { Repair } from "../voice/repair";
import { Seat } from "../voice/seat";
import { between } from "../voice/verdict";
import { words } from "../words";
import { outcomeOf } from "./bell";
import { callUp } from "./call-up";
import { Countdown, Talked } from "./countdown";
import { openDirect } from "./open";

export function CallBar({ hearth }: { hearth: Hearth }) {
  const { call, outcome } = useStore(calling);
  if (call && call.stage !== "coming") return <Bar hearth={hearth} call={call} />;
  return outcome ? <Outcome hearth={hearth} outcome={outcome} /> : null;
}

function Bar({ hearth, call }: { hearth: Hearth; call: CallNow }) {
  const { stage, person, since, left } = call;
  const from = useRoom(left)?.name;
  const { speaks, muted, deafened } = useStore(voice);
  const silent = !speaks || muted || deafened;
  const talking = stage === "talking";
  const end = stage === "asking" ? words.call.takeBack : words.call.hangUp;
  const sentence = () => {
    if (stage === "asking") return words.call.askingHint;
    if (talking && silent) return words.call.muted(person.name);
    return from === undefined ? words.call.alone : words.call.away(from);
  };
  return (
    <section className="callbar" aria-label={words.call.bar(person.name)}>
      {talking ? <Pair /> : <Waiting call={call} />}
      <div className="call-t">
        <p>
          <b>{words.call[stage === "coming" ? "asking" : stage](person.name)}</b>{" "}
          {since !== undefined && <Talked since={since} />}
        </p>
        <p>{sentence()}</p>
        {stage === "asking" && <Countdown call={call} />}
      </div>
      {talking && <LineButton />}
      {talking && speaks && <MuteButton hearth={hearth} className="icon-btn lined" />}
      <button
        className="btn danger"
        type="button"
        aria-label={end}
        onClick={() => hearth.calls.hangUp()}
      >
        <PhoneOff />
        <span>{end}</span>
      </button>
      {talking && <Repair />}
    </section>
  );
}

/** Both, the other first. */
function Pair() {
  const { here, you, speaking } = useStore(people);
  const told = useStore(voice, (state) => state.told);
  const both = [...here.values()].sort((one) => (one.number === you ? 1 : -1));
  return (
    <ul className="pair">
      {both.map((person) => (
        <Seat
          key={person.number}
          person={person}
          speaking={speaking.has(person.number)}
          you={person.number === you}
          trouble={person.number === you ? undefined : between(person, told)}
        />
      ))}
    </ul>
  );
}

function Waiting({ call: { person } }: { call: CallNow }) {
  return (
    <span className="pair" aria-hidden="true">
      <span className="seat">
        <span className="stand">
          <Arch avatar={person.avatar} name={person.name} size={56} />
        </span>
      </span>
    </span>
  );
}

function Outcome({ hearth, outcome }: { hearth: Hearth; outcome: CallOutcome }) {
  const { how, person, left } = outcome;
  const from = useRoom(left)?.name;
  const open = useStore(face, (state) => state.direct === person.identity);
  const away = () => calling.setState({ outcome: undefined });
  const Icon = how === "over" ? Phone : PhoneMissed;
  return (
    <section className="callbar after" aria-label={words.call.bar(person.name)}>
      <Icon />
      <p>{outcomeOf(outcome)}</p>
      {left !== undefined && from !== undefined && (
        <button
          className="btn main small"
          type="button"
          onClick={() => {
            away();
            void walk(hearth, left);
          }}
        >
          {words.call.backTo(from)}
        </button>
      )}
      {how !== "over" && how !== "busy" && (
        <button className="btn quiet small" type="button" onClick={() => callUp(hearth, person)}>
          <Phone />
          {how === "missed" ? words.call.back : words.call.again}
        </button>
      )}
      {!open && (
        <button
          className="btn quiet small"
          type="button"
          onClick={() => openDirect(person.identity)}
        >
          <MessageSquareText />
          {words.direct.message}
        </button>
      )}
      <button className="icon-btn small" type="button" aria-label={words.close} onClick={away}>
        <X />
      </button>
    </section>
  );
}
