// Between the messages and where one writes: who is writing, what is new below, what went wrong.

import { ArrowDown } from "lucide-react";
import { useStore } from "zustand";
import type { Place } from "../engine/place";
import type { Trouble } from "../engine/stores";
import { written } from "../engine/written";
import { Refused } from "../look/refusal";
import { words } from "../words";

interface Props {
  place: Place;
  atEnd: boolean;
  trouble: Trouble | undefined;
  onend: () => void;
}

export function Under({ place, atEnd, trouble, onend }: Props) {
  const typing = useStore(written, (state) => state.typing.get(place));
  const unread = useStore(written, ({ marks }) => marks.get(place)?.unread ?? 0);
  return (
    <div className="under">
      {trouble ? (
        <Refused trouble={trouble} />
      ) : (
        <p className="typing">
          {typing && (
            <>
              <span className="dots" aria-hidden="true">
                <i />
                <i />
                <i />
              </span>
              {words.chat.typing([...typing.values()])}
            </>
          )}
        </p>
      )}
      {!atEnd && (
        <button className="jump" type="button" onClick={onend}>
          <ArrowDown />
          {unread > 0 ? words.chat.below(unread) : words.chat.end}
        </button>
      )}
    </div>
  );
}
