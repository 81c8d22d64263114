// What can be found: rooms, people, commands and messages, best first. Pure.

import { matches, plain } from "../rooms/inside";

/** Something that can be found and chosen. */
export interface Entry {
  key: string;
  group: "rooms" | "people" | "commands" | "messages";
  /** What is looked for in, and shown. */
  text: string;
  icon: React.ReactNode;
  note?: string;
  /** The shortcut that does the same. */
  shortcut?: string;
  /** Choosing it leaves the palette open. */
  stays?: boolean;
  choose(): void;
}

export const GROUPS = ["rooms", "people", "commands", "messages"] as const;

/** Of each group; more is not looked through by eye. */
const MOST = { rooms: 6, people: 6, commands: 6 };

/** What matches, in the order of the groups; names that begin with it come first in each. */
export function find(entries: readonly Entry[], sought: string): Entry[] {
  return GROUPS.flatMap((group) => {
    const all = entries.filter((entry) => entry.group === group);
    // Messages were found by the server, by more than what is shown of them, page by page.
    if (group === "messages") return all;
    const found = all.filter(({ text }) => matches(text, sought));
    const [first, rest] = [true, false].map((begins) =>
      found.filter(({ text }) => plain(text).startsWith(plain(sought)) === begins),
    );
    return [...(first ?? []), ...(rest ?? [])].slice(0, MOST[group]);
  });
}

/** A text in three parts, the middle one being what was looked for. */
export function parts(text: string, sought: string): [string, string, string] {
  const folded = plain(text);
  const at = folded.length === text.length ? folded.indexOf(plain(sought)) : -1;
  if (!sought.trim() || at < 0) return [text, "", ""];
  const end = at + plain(sought).length;
  return [text.slice(0, at), text.slice(at, end), text.slice(end)];
}
