// Everything that can be done with a message, for touch, keyboard and pointer alike.

import { Copy, CornerUpLeft, Pencil, SmilePlus, Trash2 } from "lucide-react";
import { useState } from "react";
import { Layer } from "../look/layer";
import type { ChatMessage, Role } from "../protocol";
import { words } from "../words";
import { type Deeds, mayDelete, mayEdit, reacted } from "./deeds";
import { inShort } from "./message";

/** Emoji that are one press away. */
const QUICK = ["👍", "❤️", "😂", "🎉", "😮", "😢"];

interface Props {
  message: ChatMessage;
  you: string | undefined;
  role: Role | undefined;
  deeds: Deeds;
  at: DOMRect;
  onclose: () => void;
}

export function MessageMenu({ message, you, role, deeds, at, onclose }: Props) {
  const [sure, setSure] = useState(false);
  const after = (deed: () => void) => () => {
    onclose();
    deed();
  };
  return (
    <Layer className="menu" anchor={at} onclose={onclose}>
      {(headingId) => (
        <>
          <h2 className="menu-h" id={headingId}>
            <b>{message.author.name}</b> <span>{inShort(message)}</span>
          </h2>
          <div className="menu-quick" role="group" aria-label={words.chat.react}>
            {QUICK.map((emoji) => (
              <button
                key={emoji}
                type="button"
                aria-pressed={reacted(message, emoji, you)}
                onClick={after(() => deeds.react(message, emoji))}
              >
                {emoji}
              </button>
            ))}
            <button
              type="button"
              aria-label={words.chat.otherEmoji}
              onClick={(event) => deeds.pick(message, event.currentTarget)}
            >
              <SmilePlus />
            </button>
          </div>
          <button type="button" data-first onClick={after(() => deeds.reply(message))}>
            <CornerUpLeft />
            {words.chat.reply}
          </button>
          {message.body.kind === "text" && (
            <button type="button" onClick={after(() => deeds.copy(message))}>
              <Copy />
              {words.chat.copy}
            </button>
          )}
          {mayEdit(message, you) && (
            <button type="button" onClick={after(() => deeds.edit(message))}>
              <Pencil />
              {words.chat.edit}
            </button>
          )}
          {mayDelete(message, you, role) && (
            <>
              <hr />
              <button
                type="button"
                className="bad"
                onClick={sure ? after(() => deeds.remove(message)) : () => setSure(true)}
              >
                <Trash2 />
                <span aria-live="polite">{sure ? words.chat.deleteSure : words.chat.delete}</span>
              </button>
            </>
          )}
        </>
      )}
    </Layer>
  );
}
