// What of the house is in view: the one state that belongs to the page alone.

import { createStore } from "zustand/vanilla";

/** What lies over the page. */
export type Over =
  | { kind: "person"; number: number; at?: DOMRect }
  | { kind: "line"; at: DOMRect }
  | { kind: "new-room" }
  | { kind: "palette" }
  | { kind: "microphone" }
  | { kind: "full"; room: string }
  | { kind: "password"; room: string }
  | { kind: "edit-room"; room: string }
  | { kind: "bans"; room: string }
  | { kind: "delete-room"; room: string };

export type SettingsSection = "sound" | "you" | "look" | "keys";

export type Tab = "rooms" | "voice" | "chat" | "direct";

export interface FaceState {
  /** On a phone one thing at a time; on a desktop both are there. */
  tab: Tab;
  over: Over | undefined;
  /** The window of the mini panel. */
  mini: Window | undefined;
  /** A conversation with this person stands in the place of the room. */
  direct: string | undefined;
  /** Settings stand in the place of the room. */
  settings: SettingsSection | undefined;
  /** The last thing that a screen reader was told, and how many there were. */
  said: { text: string; count: number };
}

export const face = createStore<FaceState>()(() => ({
  tab: "voice",
  over: undefined,
  mini: undefined,
  direct: undefined,
  settings: undefined,
  said: { text: "", count: 0 },
}));

/** Says something to assistive technology, politely. */
export function say(text: string): void {
  face.setState(({ said }) => ({ said: { text, count: said.count + 1 } }));
}

/** Opens or closes what lies over the page. */
export function lay(over: Over | undefined): void {
  face.setState({ over });
}

/** Opens somebody's sheet beside what was pressed. */
export function layPerson(number: number, pressed: Element): void {
  lay({ kind: "person", number, at: pressed.getBoundingClientRect() });
}

/** The room that the address names: an invitation is `/#/r/ROOM`. */
export function invited(): string | undefined {
  const [, room] = /^#\/r\/([^/]+)$/.exec(location.hash) ?? [];
  try {
    return room && decodeURIComponent(room);
  } catch {
    return undefined;
  }
}

/** The address that leads others into a room. */
export function invitation(room: string): string {
  return `${location.origin}${location.pathname}#/r/${encodeURIComponent(room)}`;
}
