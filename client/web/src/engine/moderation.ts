// What owners and moderators may ask for.

import type { ClientMessage } from "../protocol";
import type { Ask } from "./ask";
import type { Trouble } from "./stores";
import { why } from "./trouble";

export type Moderation = Extract<
  ClientMessage,
  {
    type:
      | "room:kick"
      | "room:ban"
      | "room:unban"
      | "room:mute"
      | "room:deafen"
      | "room:role"
      | "room:move"
      | "room:edit"
      | "room:delete";
  }
>;

/** Resolves with why it was not done, if it was not. */
export async function moderate(ask: Ask, deed: Moderation): Promise<Trouble | undefined> {
  try {
    await ask(deed);
    return undefined;
  } catch (thrown) {
    return why(thrown);
  }
}
