// What a refusal means for a person.
//
// Pure: turns what was thrown into a key of the words.

import { Refusal } from "./refusal";
import type { Trouble } from "./stores";

/** What to say of anything thrown. */
export function why(thrown: unknown): Trouble {
  const code = Refusal.code(thrown);
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
