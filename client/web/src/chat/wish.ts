// A message that somebody wants to see, from wherever it was found.

import { useEffect } from "react";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import type { Place } from "../engine/place";

interface Wanted {
  place: Place;
  seq: number;
}

const wanted = createStore<{ message: Wanted | undefined }>()(() => ({ message: undefined }));

/** Wishes to see the message of a number, once its place is open. */
export function wish(place: Place, seq: number): void {
  wanted.setState({ message: { place, seq } });
}

/** Grants wishes for this place. */
export function useWish(place: Place, jump: (seq: number) => void): void {
  const message = useStore(wanted, (state) => state.message);
  useEffect(() => {
    if (message?.place !== place) return;
    wanted.setState({ message: undefined });
    jump(message.seq);
  }, [message, place, jump]);
}
