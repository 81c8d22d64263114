// How much is new somewhere, in a number.

import { useStore } from "zustand";
import type { Place } from "../engine/place";
import { written } from "../engine/written";
import { words } from "../words";

/** Above, the number says no more than "many". */
const MOST = 99;

/** How much is new in one place, or in several together. */
export function useNews(places: readonly Place[]): { unread: number; mentions: number } {
  const marks = useStore(written, (state) => state.marks);
  const all = places.map((place) => marks.get(place));
  return {
    unread: all.reduce((sum, mark) => sum + (mark?.unread ?? 0), 0),
    mentions: all.reduce((sum, mark) => sum + (mark?.mentions ?? 0), 0),
  };
}

interface Props {
  unread: number;
  mentions: number;
}

/** Mentions are in the colour of somebody who speaks to one. */
export function Badge({ unread, mentions }: Props) {
  if (unread === 0) return null;
  return (
    <span className={`badge ${mentions > 0 ? "call" : ""}`}>
      <span aria-hidden="true">{unread > MOST ? `${MOST}+` : unread}</span>
      <span className="vh">
        {words.chat.unread(unread)}
        {mentions > 0 && `, ${words.chat.mentions(mentions)}`}
      </span>
    </span>
  );
}
