// The call between oneself and somebody else, as a store: what there is, and what came of the last.
//
// Owns the shapes and their first values. Never acts: `calls` writes, the face reads.

import { createStore } from "zustand/vanilla";
import type { Author, CallId, IdentityId, RoomId } from "../protocol";

/** A call from the first ring to its end. */
export interface CallNow {
  /** Absent until the server has taken it. */
  call: CallId | undefined;
  /** Its room. */
  room: RoomId | undefined;
  /** The other. */
  person: Author;
  /** `coming`: somebody calls. `asking`: one calls. `opening`: accepted, both walk in. `talking`: both are there. */
  stage: "coming" | "asking" | "opening" | "talking";
  /** For how long it rings altogether, ms, and when that ends, by `performance.now()`. */
  ringsMs: number;
  until: number;
  /** When both were there, by `performance.now()`. */
  since: number | undefined;
  /** The room that one left for it. */
  left: RoomId | undefined;
}

/** What came of a call. */
export interface CallOutcome {
  person: Author;
  /**
   * `declined`, `unanswered`, `offline`, `busy`, `elsewhere` (on another node, where one's voice does
   * not reach) and `refused` (the server took no such call) are told to whoever called, `missed` to whoever was called, `over` and `cut` to both.
   */
  how:
    | "declined"
    | "unanswered"
    | "offline"
    | "busy"
    | "elsewhere"
    | "refused"
    | "missed"
    | "over"
    | "cut";
  /** How long they talked, ms. */
  lastedMs: number | undefined;
  /** The room that one left for it, and may go back to. */
  left: RoomId | undefined;
}

export interface CallingState {
  call: CallNow | undefined;
  /** Told until it is taken away, or another call begins. */
  outcome: CallOutcome | undefined;
}

export const calling = createStore<CallingState>()(() => ({
  call: undefined,
  outcome: undefined,
}));

/** With whom one is in a room of two, or walks into one. */
export function talkingWith(state: CallingState): IdentityId | undefined {
  const { call } = state;
  return call?.stage === "talking" || call?.stage === "opening" ? call.person.identity : undefined;
}
