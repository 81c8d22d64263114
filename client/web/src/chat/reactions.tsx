// The emoji under a message, and who put them there.

import { SmilePlus } from "lucide-react";
import type { ChatMessage } from "../protocol";
import { words } from "../words";
import { type Deeds, reacted } from "./deeds";
import { known } from "./names";

/** Names in a tooltip; the rest is a number. */
const NAMED = 10;

interface Props {
  message: ChatMessage;
  you: string | undefined;
  deeds: Deeds;
}

export function Reactions({ message, you, deeds }: Props) {
  const names = (by: readonly string[]) =>
    by
      .slice(0, NAMED)
      .map((identity) => (identity === you ? words.you : known(identity)?.name))
      .filter((name) => name !== undefined);
  return (
    <ul className="reacts">
      {message.reactions?.map(({ emoji, count, by }) => {
        const own = reacted(message, emoji, you);
        return (
          <li key={emoji}>
            <button
              type="button"
              aria-pressed={own}
              aria-label={words.chat.reaction(emoji, count, own)}
              title={names(by).join(", ")}
              onClick={() => deeds.react(message, emoji)}
            >
              {emoji} <span>{count}</span>
            </button>
          </li>
        );
      })}
      <li>
        <button
          type="button"
          className="add"
          aria-label={words.chat.addReaction}
          onClick={(event) => deeds.pick(message, event.currentTarget)}
        >
          <SmilePlus />
        </button>
      </li>
    </ul>
  );
}
