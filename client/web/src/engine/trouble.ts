// What a refusal means for a person.
//
// Turns what was thrown into a key of the words. Owns when the server takes more, after too much at once.

import { createStore } from "zustand/vanilla";
import { Refusal } from "./refusal";
import type { Trouble } from "./stores";

export interface Patience {
  /** When what was refused as too much may be tried again, Unix time, ms; `undefined`: nobody said. */
  again: number | undefined;
}

export const patience = createStore<Patience>()(() => ({ again: undefined }));

/** What to say of anything thrown. */
export function why(thrown: unknown): Trouble {
  const code = Refusal.code(thrown);
  if (code === "rate_limited") {
    const wait = thrown instanceof Refusal ? thrown.retryAfterMs : undefined;
    patience.setState({ again: wait === undefined ? undefined : Date.now() + wait });
  }
  switch (code) {
    case "name_taken":
    case "name_invalid":
    case "room_full":
    case "room_exists":
    case "room_invalid":
    case "too_many_rooms":
    case "rate_limited":
    case "busy":
    case "forbidden":
    case "banned":
    case "wrong_password":
    case "message_invalid":
    case "too_many_reactions":
      return code;
    case "message_not_found":
      return "message_gone";
    case "room_not_found":
      return "room_gone";
    case "unauthorized":
      return "guests_closed";
    case "offline":
    case "timeout":
    case "cut":
      return "offline";
    default:
      return "other";
  }
}
