// What was written and has all the words that are looked for, the newest first.

import { useEffect, useState } from "react";
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
import { shortOf } from "../words/clock";
import type { Entry } from "./entries";

/** Asked when nobody has typed for so long, ms. */
const STILL_MS = 200;
/** Fewer letters find too much. */
const FEWEST = 2;
const HITS = 8;

export function useMessages(hearth: Hearth, sought: string): Entry[] {
  const [found, setFound] = useState<{ sought: string; hits: readonly Hit[] }>();
  const words = sought.trim();
  useEffect(() => {
    if (words.length < FEWEST) return;
    const timer = setTimeout(() => {
      hearth.chat
        .search({ words, limit: HITS })
        .then(({ hits }) => setFound({ sought: words, hits }))
        .catch(() => {
          // Refused or cut: rooms, people and commands are found all the same.
        });
    }, STILL_MS);
    return () => clearTimeout(timer);
  }, [hearth, words]);
  if (words.length < FEWEST || found?.sought !== words) return [];
  return found.hits.map((hit) => ofHit(hearth, hit));
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
