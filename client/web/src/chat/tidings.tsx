// What was just written, for those who do not see it: said politely, once, where one is reading.

import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import type { Place } from "../engine/place";
import { people } from "../engine/stores";
import { face, say } from "../face";
import type { ChatMessage } from "../protocol";
import { words } from "../words";
import { inShort } from "./message";

/** Lines that stand in the hidden log; a screen reader has said the older ones. */
const KEPT = 5;

interface Line {
  key: string;
  text: string;
}

const tidings = createStore<{ lines: readonly Line[] }>()(() => ({ lines: [] }));

/** The place that is open. */
export function openPlace(): Place | undefined {
  const { direct } = face.getState();
  if (direct !== undefined) return `person:${direct}`;
  const { room } = people.getState();
  return room === undefined ? undefined : `room:${room}`;
}

/** Somebody else wrote something. */
export function tell(place: Place, message: ChatMessage): void {
  const { author, body, id } = message;
  if (body.kind === "system" || body.kind === "deleted") return;
  if (place !== openPlace()) {
    if (place.startsWith("person:")) say(words.chat.wrote(author.name));
    return;
  }
  const line = { key: id, text: `${author.name}: ${inShort(message)}` };
  tidings.setState(({ lines }) => ({ lines: [...lines, line].slice(-KEPT) }));
}

export function Tidings() {
  const lines = useStore(tidings, (state) => state.lines);
  return (
    <div className="vh" role="log" aria-live="polite" aria-label={words.chat.tidings}>
      {lines.map(({ key, text }) => (
        <p key={key}>{text}</p>
      ))}
    </div>
  );
}
