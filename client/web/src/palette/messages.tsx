// What was written and has all the words that are looked for, the newest first.

import { ChevronDown } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { inShort } from "../chat/message";
import { wish } from "../chat/wish";
import { openDirect } from "../direct/open";
import type { Hearth } from "../engine/hearth";
import { type Place, personOf, placeOf, roomOf } from "../engine/place";
import { people, rooms } from "../engine/stores";
import { written } from "../engine/written";
import { face } from "../face";
import { Arch } from "../look/arch";
import type { Hit } from "../protocol";
import { walk } from "../rooms/walk";
import { words } from "../words";
import { shortOf } from "../words/clock";
import type { Entry } from "./entries";
import { asked, type Narrow } from "./narrow";

/** Asked when nobody has typed for so long, ms. */
const STILL_MS = 200;
const FEWEST = 2;
/** A page of them. */
const HITS = 8;

interface Page {
  /** What they were found by. */
  by: string;
  hits: readonly Hit[];
  next: string | undefined;
}

/** Those that were found so far, and a last one that asks for the page after. */
export function useMessages(hearth: Hearth, sought: string, narrow: Narrow): Entry[] {
  const [found, setFound] = useState<Page>();
  const text = sought.trim();
  const by = JSON.stringify([text, narrow]);
  const look = useCallback(
    async (next?: string) => {
      const ask = { words: text, limit: HITS, ...asked(narrow), ...(next && { next }) };
      try {
        const page = await hearth.chat.search(ask);
        setFound((before) => ({
          by,
          hits: next && before?.by === by ? [...before.hits, ...page.hits] : page.hits,
          next: page.next,
        }));
      } catch {
        // Refused or cut: rooms, people and commands are found all the same.
      }
    },
    [hearth, text, narrow, by],
  );
  useEffect(() => {
    if (!isSought(text)) return;
    const timer = setTimeout(() => void look(), STILL_MS);
    return () => clearTimeout(timer);
  }, [look, text]);
  if (!isSought(text) || found?.by !== by) return [];
  const { hits, next } = found;
  const entries = hits.map((hit) => ofHit(hearth, hit));
  return next === undefined ? entries : [...entries, older(() => void look(next))];
}

/** Whether messages are looked for by it: fewer letters find too much. */
export function isSought(text: string): boolean {
  return text.trim().length >= FEWEST;
}

function older(choose: () => void): Entry {
  return {
    key: "older",
    group: "messages",
    text: words.narrow.older,
    icon: <ChevronDown />,
    stays: true,
    choose,
  };
}

function ofHit(hearth: Hearth, { conversation, message }: Hit): Entry {
  const place = placeOf(conversation);
  const { author, at_ms, seq } = message;
  return {
    key: `message-${place.replace(/\W/g, "-")}-${seq}`,
    group: "messages",
    text: inShort(message),
    icon: <Arch avatar={author.avatar} name={author.name} size={28} />,
    note: [author.name, nameOf(place), shortOf(at_ms)].filter(Boolean).join(", "),
    choose: () => void show(hearth, place, seq),
  };
}

function nameOf(place: Place): string | undefined {
  const room = roomOf(place);
  if (room !== undefined) return rooms.getState().rooms?.find(({ id }) => id === room)?.name;
  const person = personOf(place);
  const { directs } = written.getState();
  return directs?.find((direct) => direct.person.identity === person)?.person.name;
}

/** Goes where it was written; into the room, if it was in another one. */
async function show(hearth: Hearth, place: Place, seq: number): Promise<void> {
  const room = roomOf(place);
  const person = personOf(place);
  if (person !== undefined) openDirect(person);
  else if (room !== undefined) {
    if (people.getState().room !== room) await walk(hearth, room);
    if (people.getState().room !== room) return;
    face.setState({ tab: "chat", direct: undefined, settings: undefined });
  }
  wish(place, seq);
}
