// Which messages are looked for: where, by whom, and since when.

import { ChevronDown } from "lucide-react";
import { type ReactNode, useId, useMemo } from "react";
import { useStore } from "zustand";
import { everybody } from "../chat/names";
import { conversationOf, type Place } from "../engine/place";
import { rooms, session } from "../engine/stores";
import { written } from "../engine/written";
import type { AskSearch } from "../protocol";
import { words } from "../words";

/** Empty where it does not matter. */
export interface Narrow {
  place: Place | "";
  author: string;
  span: keyof typeof words.narrow.spans;
}

export const WIDE: Narrow = { place: "", author: "", span: "any" };

const DAY_MS = 86_400_000;
const SPANS_MS = { any: 0, day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS };
/** Names to choose from. */
const PEOPLE = 100;

export function isWide({ place, author, span }: Narrow): boolean {
  return place === "" && author === "" && span === "any";
}

/** What the server is asked for besides the words. */
export function asked({ place, author, span }: Narrow): Omit<AskSearch, "words"> {
  return {
    ...(place && { conversation: conversationOf(place) }),
    ...(author && { author }),
    ...(span !== "any" && { after_ms: Date.now() - SPANS_MS[span] }),
  };
}

interface Props {
  narrow: Narrow;
  onchange: (narrow: Narrow) => void;
}

export function NarrowBy({ narrow, onchange }: Props) {
  const list = useStore(rooms, (state) => state.rooms);
  const directs = useStore(written, (state) => state.directs);
  const names = useNames();
  return (
    <fieldset className="pal-by">
      <legend className="vh">{words.narrow.title}</legend>
      <Select
        label={words.narrow.in}
        chosen={narrow.place}
        onchoose={(place) => onchange({ ...narrow, place: place as Place | "" })}
      >
        <option value="">{words.narrow.everywhere}</option>
        {list?.map(({ id, name }) => (
          <option key={id} value={`room:${id}`}>
            {name}
          </option>
        ))}
        {directs?.map(({ person }) => (
          <option key={person.identity} value={`person:${person.identity}`}>
            {person.name}
          </option>
        ))}
      </Select>
      <Select
        label={words.narrow.by}
        chosen={narrow.author}
        onchoose={(author) => onchange({ ...narrow, author })}
      >
        <option value="">{words.narrow.anybody}</option>
        {names.map(([identity, name]) => (
          <option key={identity} value={identity}>
            {name}
          </option>
        ))}
      </Select>
      <Select
        label={words.narrow.when}
        chosen={narrow.span}
        onchoose={(span) => onchange({ ...narrow, span: span as Narrow["span"] })}
      >
        {Object.entries(words.narrow.spans).map(([span, name]) => (
          <option key={span} value={span}>
            {name}
          </option>
        ))}
      </Select>
    </fieldset>
  );
}

/** Everybody that the page has seen, by name; as they were when the search was opened. */
function useNames(): [string, string][] {
  const you = useStore(session);
  return useMemo(() => {
    const names = new Map([[you.identity ?? "", you.name]]);
    for (const { identity, name } of everybody()) {
      if (names.size < PEOPLE && !names.has(identity)) names.set(identity, name);
    }
    return [...names].sort(([, one], [, other]) => one.localeCompare(other));
  }, [you.identity, you.name]);
}

interface SelectProps {
  label: string;
  chosen: string;
  onchoose: (value: string) => void;
  children: ReactNode;
}

function Select({ label, chosen, onchoose, children }: SelectProps) {
  const id = useId();
  return (
    <div className="pal-one">
      <label htmlFor={id}>{label}</label>
      <div className="select">
        <select id={id} value={chosen} onChange={(event) => onchoose(event.target.value)}>
          {children}
        </select>
        <ChevronDown />
      </div>
    </div>
  );
}
