// The mini panel: who speaks and one's own switches, in a small window that stays on top.

import { PictureInPicture2 } from "lucide-react";
import { useEffect } from "react";
import { createPortal } from "react-dom";
import { useStore } from "zustand";
import type { Hearth } from "../engine/hearth";
import { call, people } from "../engine/stores";
import { face } from "../face";
import { words } from "../words";
import { DeafenButton, LeaveButton, MuteButton } from "./controls";
import { Seat } from "./seat";

interface Pictures {
  requestWindow(size: { width: number; height: number }): Promise<Window>;
}

const SIZE = { width: 340, height: 210 };
/** Seats that find room: those who speak first. */
const SHOWN = 4;

function pictures(): Pictures | undefined {
  return (window as { documentPictureInPicture?: Pictures }).documentPictureInPicture;
}

/** Opens or closes the panel; not there where the browser has no such windows. */
export function MiniButton() {
  const mini = useStore(face, (state) => state.mini);
  if (!pictures()) return null;
  return (
    <button
      className="icon-btn wide-only"
      type="button"
      aria-label={words.mini.title}
      aria-pressed={mini !== undefined}
      title={words.mini.title}
      onClick={() => (mini ? mini.close() : void open())}
    >
      <PictureInPicture2 />
    </button>
  );
}

async function open(): Promise<void> {
  const mini = await pictures()?.requestWindow(SIZE);
  if (!mini) return;
  const { document: page } = mini;
  for (const { href } of document.querySelectorAll<HTMLLinkElement>("link[rel=stylesheet]")) {
    page.head.append(Object.assign(page.createElement("link"), { rel: "stylesheet", href }));
  }
  page.title = words.hearth;
  page.documentElement.lang = document.documentElement.lang;
  Object.assign(page.documentElement.dataset, document.documentElement.dataset);
  mini.addEventListener("pagehide", () => face.setState({ mini: undefined }));
  face.setState({ mini });
}

/** What is in the panel, while it is open. */
export function Mini({ hearth, room }: { hearth: Hearth; room: string }) {
  const mini = useStore(face, (state) => state.mini);
  // Leaving the room closes it.
  useEffect(() => () => mini?.close(), [mini]);
  return mini ? createPortal(<Panel hearth={hearth} room={room} />, mini.document.body) : null;
}

function Panel({ hearth, room }: { hearth: Hearth; room: string }) {
  const { here, seats, speaking, you } = useStore(people);
  const speaks = useStore(call, (state) => state.speaks);
  const shown = [
    ...seats.filter((number) => speaking.has(number)),
    ...seats.filter((number) => !speaking.has(number)),
  ].slice(0, SHOWN);
  return (
    <main className="mini">
      <h1>{room}</h1>
      <ul className="arcade">
        {shown.map((number) => {
          const person = here.get(number);
          return (
            person && (
              <Seat
                key={number}
                person={person}
                speaking={speaking.has(number)}
                you={number === you}
                still
              />
            )
          );
        })}
      </ul>
      <div className="mini-c">
        {speaks && <MuteButton hearth={hearth} className="ctl icon" />}
        <DeafenButton hearth={hearth} className="ctl icon" />
        <LeaveButton hearth={hearth} />
      </div>
    </main>
  );
}
