// Somebody calls: who, what answering does, and the two answers.

import { Phone } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { useStore } from "zustand";
import { type CallNow, calling } from "../engine/calling";
import type { Hearth } from "../engine/hearth";
import { people } from "../engine/stores";
import { face } from "../face";
import { Arch } from "../look/arch";
import { useRoom } from "../rooms/entry";
import { types } from "../voice/keys";
import { words } from "../words";
import { Countdown } from "./countdown";
import { openDirect } from "./open";

export function Ringing({ hearth }: { hearth: Hearth }) {
  const call = useStore(calling, (state) => state.call);
  const over = useStore(face, (state) => state.over);
  const [host, setHost] = useState<Element>(document.body);
  // What lies over the page makes the rest of it dead to keys and pointers: then it rings there.
  useEffect(
    () => setHost((over && document.querySelector("dialog:modal")) ?? document.body),
    [over],
  );
  if (call?.stage !== "coming") return null;
  return createPortal(<Card key={call.call} hearth={hearth} call={call} />, host);
}

function Card({ hearth, call }: { hearth: Hearth; call: CallNow }) {
  const { name, avatar, identity } = call.person;
  const here = useStore(people, (state) => state.room);
  const room = useRoom(here)?.name;
  const answer = useRef<HTMLButtonElement>(null);
  const id = useId();
  useFocusUnlessTyping(answer);
  return (
    <div
      className="ringing"
      role="alertdialog"
      aria-labelledby={`${id}-who`}
      aria-describedby={`${id}-what`}
    >
      <span className="seat" data-state="speaking" aria-hidden="true">
        <span className="stand">
          <Arch avatar={avatar} name={name} size={76} />
        </span>
      </span>
      <div className="ring-t">
        <h2 id={`${id}-who`}>{words.call.coming(name)}</h2>
        <p id={`${id}-what`}>{room === undefined ? words.call.plain : words.call.hold(room)}</p>
        <Countdown call={call} />
      </div>
      <div className="ring-a">
        <button className="btn quiet" type="button" onClick={() => hearth.calls.decline()}>
          {words.call.decline}
        </button>
        <button
          className="btn main"
          type="button"
          ref={answer}
          onClick={() => {
            openDirect(identity);
            void hearth.calls.accept();
          }}
        >
          <Phone />
          {words.call.answer}
        </button>
      </div>
    </div>
  );
}

/** Takes the focus, unless somebody types, and gives it back. */
function useFocusUnlessTyping(wanted: React.RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const before = document.activeElement;
    if (types(before)) return;
    wanted.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [wanted]);
}
