// The conversations with others, the newest first.

import { useStore } from "zustand";
import { Badge, useNews } from "../chat/badge";
import { inShort } from "../chat/message";
import { session } from "../engine/stores";
import { written } from "../engine/written";
import { face } from "../face";
import { Arch } from "../look/arch";
import type { DirectSummary } from "../protocol";
import { words } from "../words";
import { shortOf } from "../words/clock";
import { openDirect, useOnline } from "./open";

/** Beside the rooms. */
export function DirectList() {
  const directs = useStore(written, (state) => state.directs);
  return (
    <div className="rail-direct">
      <div className="rail-h">
        <h2>{words.direct.title}</h2>
      </div>
      {directs && directs.length === 0 && <p className="none hint">{words.direct.none}</p>}
      <ul className="rows" aria-label={words.direct.title}>
        {directs?.map((direct) => (
          <DirectRow key={direct.person.identity} direct={direct} />
        ))}
      </ul>
    </div>
  );
}

function DirectRow({ direct }: { direct: DirectSummary }) {
  const { person, last } = direct;
  const news = useNews([`person:${person.identity}`]);
  const online = useOnline(person.identity);
  const current = useStore(face, (state) => state.direct === person.identity && !state.settings);
  const you = useStore(session, (state) => state.identity);
  return (
    <li>
      <button
        type="button"
        className={`row ${news.unread > 0 ? "unread" : ""} ${online ? "" : "away"}`}
        aria-current={current ? "page" : undefined}
        onClick={() => openDirect(person.identity)}
      >
        <Arch avatar={person.avatar} name={person.name} size={32} />
        <span className="row-t">
          <b>
            {person.name}
            <span className="vh">, {online ? words.direct.online : words.direct.away}. </span>
          </b>
          {last && (
            <span className="who">
              {last.author.identity === you && last.body.kind !== "system" && `${words.you}: `}
              {inShort(last)}
            </span>
          )}
        </span>
        {news.unread > 0 ? (
          <Badge {...news} />
        ) : (
          last && <time dateTime={new Date(last.at_ms).toISOString()}>{shortOf(last.at_ms)}</time>
        )}
      </button>
    </li>
  );
}

/** Under the rooms, where one is in none: the last few. */
export function Folk() {
  const directs = useStore(written, (state) => state.directs);
  if (!directs?.length) return null;
  return (
    <>
      <h2 className="lobby-sub">{words.direct.title}</h2>
      <ul className="folk" aria-label={words.direct.title}>
        {directs.slice(0, FOLK).map(({ person, last }) => (
          <Someone key={person.identity} direct={person.identity}>
            <Arch avatar={person.avatar} name={person.name} size={48} />
            <span>
              <b>{person.name}</b>
              <small>{last && inShort(last)}</small>
            </span>
          </Someone>
        ))}
      </ul>
    </>
  );
}

/** People under the rooms. */
const FOLK = 4;

function Someone({ direct, children }: { direct: string; children: React.ReactNode }) {
  const news = useNews([`person:${direct}`]);
  return (
    <li>
      <button type="button" onClick={() => openDirect(direct)}>
        {children}
        <Badge {...news} />
      </button>
    </li>
  );
}
