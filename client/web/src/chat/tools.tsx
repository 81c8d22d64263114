// What can be done with a message at once, beside it.

import { CornerUpLeft, Ellipsis, SmilePlus } from "lucide-react";
import type { ChatMessage } from "../protocol";
import { words } from "../words";
import { type Deeds, reacted } from "./deeds";

const FIRST = "👍";

interface Props {
  message: ChatMessage;
  you: string | undefined;
  deeds: Deeds;
}

export function Tools({ message, you, deeds }: Props) {
  return (
    <div className="m-tools" role="group" aria-label={words.chat.tools}>
      <button
        type="button"
        aria-label={words.chat.thumb}
        aria-pressed={reacted(message, FIRST, you)}
        onClick={() => deeds.react(message, FIRST)}
      >
        {FIRST}
      </button>
      <button
        type="button"
        aria-label={words.chat.react}
        title={words.chat.react}
        onClick={(event) => deeds.pick(message, event.currentTarget)}
      >
        <SmilePlus />
      </button>
      <button
        type="button"
        aria-label={words.chat.reply}
        title={words.chat.reply}
        onClick={() => deeds.reply(message)}
      >
        <CornerUpLeft />
      </button>
      <button
        type="button"
        aria-label={words.chat.more}
        aria-haspopup="dialog"
        title={words.chat.more}
        onClick={(event) => deeds.more(message, event.currentTarget)}
      >
        <Ellipsis />
      </button>
    </div>
  );
}
