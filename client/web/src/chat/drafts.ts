// What is half written, by place: it survives a walk to another room and a reload of the tab.

import { createStore } from "zustand/vanilla";
import type { Place } from "../engine/place";
import { keep, read } from "../engine/shelf";

/** Half written, and to what. */
export interface Draft {
  text: string;
  /** The number of the message that it answers. */
  reply: number | undefined;
}

const NONE: Draft = { text: "", reply: undefined };
/** Places whose drafts are kept; the oldest goes first. */
const KEPT = 50;

type Drafts = Readonly<Record<string, Draft>>;

function isDrafts(value: unknown): value is Drafts {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((draft) => typeof (draft as Draft | null)?.text === "string")
  );
}

export const drafts = createStore<Drafts>()(() => read("visit", "drafts", isDrafts) ?? {});
drafts.subscribe((state) => keep("visit", "drafts", state));

export function draftOf(state: Drafts, place: Place): Draft {
  return state[place] ?? NONE;
}

/** Changes a draft; an empty one is forgotten. */
export function draft(place: Place, change: Partial<Draft>): void {
  const { [place]: before = NONE, ...others } = drafts.getState();
  const after = { ...before, ...change };
  const entries = Object.entries(others).slice(-(KEPT - 1));
  if (after.text || after.reply !== undefined) entries.push([place, after]);
  drafts.setState(Object.fromEntries(entries), true);
}
