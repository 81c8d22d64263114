// One person, from near: the volume first.

import { MessageSquareText } from "lucide-react";
import { useStore } from "zustand";
import { CallButton } from "../direct/call-button";
import { openDirect } from "../direct/open";
import type { Hearth } from "../engine/hearth";
import { people, rememberPerson, settings } from "../engine/stores";
import { written } from "../engine/written";
import { Arch } from "../look/arch";
import { CloseButton, Layer } from "../look/layer";
import { useLevel } from "../look/level";
import { Toggle } from "../look/toggle";
import type { Participant } from "../protocol";
import { archState, stateWord } from "../rooms/inside";
import { words } from "../words";
import { Moderate } from "./moderate";

/** So near to 100 %, the slider rests on it. */
const STICKY = 3;

interface Props {
  hearth: Hearth;
  number: number;
  at: DOMRect | undefined;
  onclose: () => void;
}

export function PersonSheet({ hearth, number, at, onclose }: Props) {
  const { here, you, speaking } = useStore(people);
  const level = useLevel(number);
  const identity = here.get(number)?.identity;
  const status = useStore(
    written,
    ({ directs }) => directs?.find((direct) => direct.person.identity === identity)?.person.status,
  );
  const person = here.get(number);
  if (!person) return null;
  const speaks = speaking.has(number);
  return (
    <Layer className="sheet" anchor={at} onclose={onclose}>
      {(headingId) => (
        <>
          <div className="grip" aria-hidden="true" />
          <div className="p-top">
            <span className="seat" data-state={archState(person, speaks)} ref={level}>
              <span className="stand">
                <Arch avatar={person.avatar} name={person.name} size={64} />
              </span>
            </span>
            <div>
              <h2 id={headingId}>{person.name}</h2>
              <p>
                {stateWord(person, false)}
                {person.role && person.role !== "member" && `, ${words.roles[person.role]}`}
              </p>
              {status && <p className="said">{status}</p>}
            </div>
            <CloseButton onclose={onclose} />
          </div>
          {number === you ? (
            <p className="hint">{words.person.self}</p>
          ) : (
            <>
              {person.elsewhere ? (
                <p className="hint">{words.person.elsewhere(person.name)}</p>
              ) : (
                <Loudness hearth={hearth} person={person} />
              )}
              <div className="p-act">
                <button
                  className="btn quiet"
                  type="button"
                  onClick={() => openDirect(person.identity)}
                >
                  <MessageSquareText />
                  {words.direct.message}
                </button>
                <CallButton hearth={hearth} person={person} />
              </div>
              <Moderate hearth={hearth} person={person} onclose={onclose} />
            </>
          )}
        </>
      )}
    </Layer>
  );
}

/** How loud they are here, and whether they are heard here at all. */
function Loudness({ hearth, person }: { hearth: Hearth; person: Participant }) {
  const known = useStore(settings, (state) => state.known);
  const { volume, blocked } = known[person.identity] ?? { volume: 1, blocked: false };
  const percent = Math.round(volume * 100);
  const set = (value: number) => {
    const stuck = Math.abs(value - 100) <= STICKY ? 100 : value;
    rememberPerson(person.identity, { volume: stuck / 100 });
  };
  return (
    <>
      <div className="vol">
        <div className="vol-h">
          <label htmlFor="vol">{words.person.volume}</label>
          <output htmlFor="vol">{percent} %</output>
        </div>
        <input
          id="vol"
          data-first
          className="range"
          type="range"
          min={0}
          max={200}
          value={percent}
          aria-valuetext={words.person.percent(percent)}
          ref={(slider) => slider?.style.setProperty("--v", `${percent / 2}%`)}
          onChange={(event) => set(Number(event.target.value))}
          onDoubleClick={() => set(100)}
        />
        <p className="vol-t" aria-hidden="true">
          <span>0</span>
          <span>100 %</span>
          <span>200</span>
        </p>
      </div>
      <Toggle
        text={[words.person.block, words.person.blockHint(person.name)]}
        on={blocked}
        onset={(blocked) => hearth.block(person, blocked)}
      />
    </>
  );
}
