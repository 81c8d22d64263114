// A conversation between two people, in the place of the room.

import { ChevronLeft } from "lucide-react";
import { useEffect, useRef } from "react";
import { useStore } from "zustand";
import { Chat } from "../chat/chat";
import { known } from "../chat/names";
import type { Hearth } from "../engine/hearth";
import { written } from "../engine/written";
import { Arch } from "../look/arch";
import type { IdentityId } from "../protocol";
import { Banners } from "../voice/banners";
import { words } from "../words";
import { CallBar } from "./call-bar";
import { CallButton } from "./call-button";
import { closeDirect, useOnline } from "./open";

interface Props {
  hearth: Hearth;
  person: IdentityId;
  /** Whether there is a room to go back to on the left anyhow. */
  inRoom: boolean;
}

export function Conversation({ hearth, person, inRoom }: Props) {
  const listed = useStore(written, ({ directs }) =>
    directs?.find((direct) => direct.person.identity === person),
  );
  const somebody = listed?.person ?? known(person);
  const { name = "", avatar } = somebody ?? {};
  const online = useOnline(person);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [person]);
  // Whether they are there is asked when one comes; what they do is told from then on.
  useEffect(() => void hearth.chat.directs.list().catch(() => {}), [hearth, person]);
  return (
    <main className="floor direct" id="main">
      <Banners hearth={hearth} />
      <header className="head">
        <button
          className={`icon-btn ${inRoom ? "only-s" : ""}`}
          type="button"
          aria-label={words.back}
          onClick={closeDirect}
        >
          <ChevronLeft />
        </button>
        <Arch avatar={avatar} name={name} size={32} />
        <div className="head-t">
          <h1 ref={heading} tabIndex={-1}>
            {name}
          </h1>
          <p>{listed?.person.status ?? (online ? words.direct.online : words.direct.away)}</p>
        </div>
        {somebody && <CallButton hearth={hearth} person={somebody} />}
      </header>
      <CallBar hearth={hearth} />
      <Chat
        key={person}
        hearth={hearth}
        place={`person:${person}`}
        label={words.chat.with(name)}
        write={words.chat.writeTo(name)}
        blank={words.chat.blankDirect(name)}
      />
    </main>
  );
}
