// Mentions while they are written: what is being typed, who fits, who is meant in the end.
//
// Pure.

import { plain } from "../rooms/inside";
import { named } from "./markdown";
import type { Known } from "./names";

/** The protocol's bound of mentions in one message. */
const MOST = 20;
/** Who is offered at once. */
const OFFERED = 6;
/** Longest name of a person. */
const NAME_CHARS = 20;

/** A mention that is being typed: from its @ to the caret. */
export interface Started {
  from: number;
  sought: string;
}

/** What is being typed at the caret, if it is a mention. */
export function started(text: string, caret: number): Started | undefined {
  const from = text.lastIndexOf("@", caret - 1);
  const sought = text.slice(from + 1, caret);
  if (from < 0 || sought.length > NAME_CHARS || /\n/.test(sought) || /^\s/.test(sought)) {
    return undefined;
  }
  return /[\p{L}\p{N}]/u.test(text[from - 1] ?? "") ? undefined : { from, sought };
}

/** Who fits what is sought: names that begin with it, then those with a word that does. */
export function fitting(everybody: Iterable<Known>, sought: string, you: string): Known[] {
  const wanted = plain(sought);
  const found = new Map<string, Known>();
  for (const somebody of everybody) {
    if (somebody.identity === you || found.has(somebody.identity)) continue;
    const name = plain(somebody.name);
    if (name.startsWith(wanted) || name.split(/[ _.-]/).some((word) => word.startsWith(wanted))) {
      found.set(somebody.identity, somebody);
    }
  }
  const begins = ({ name }: Known) => (plain(name).startsWith(wanted) ? 0 : 1);
  return [...found.values()].toSorted((a, b) => begins(a) - begins(b)).slice(0, OFFERED);
}

/** The text with the mention completed, and where the caret is then. */
export function completed(text: string, { from, sought }: Started, name: string) {
  const after = text.slice(from + 1 + sought.length).replace(/^ /, "");
  const before = `${text.slice(0, from)}@${name} `;
  return { text: before + after, caret: before.length };
}

/** Who is mentioned in a text that goes out. */
export function mentioned(text: string, everybody: Iterable<Known>): string[] {
  if (!text.includes("@")) return [];
  const longestFirst = [...everybody].toSorted((a, b) => b.name.length - a.name.length);
  const meant = new Set<string>();
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    if (/[\p{L}\p{N}]/u.test(text[at - 1] ?? "")) continue;
    const somebody = longestFirst.find(({ name }) => named(text, at + 1, name));
    if (somebody && meant.size < MOST) meant.add(somebody.identity);
  }
  return [...meant];
}
