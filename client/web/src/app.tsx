// The house behind the door: which screen is in view, what lies over it, and the keys that work
// everywhere. It comes after the door is drawn: see page.tsx.

import { AudioLines, MessageSquareText, Users } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import { Badge, useNews } from "./chat/badge";
import { AskForNotices, notify, openNoticed } from "./chat/notices";
import { Tidings, tell } from "./chat/tidings";
import { hangBell } from "./direct/bell";
import { Conversation } from "./direct/conversation";
import { useDirectPlaces } from "./direct/open";
import { Ringing } from "./direct/ringing";
import { calling } from "./engine/calling";
import type { Hearth } from "./engine/hearth";
import { people, session } from "./engine/stores";
import { face, lay, type SettingsSection, type Tab as TabName } from "./face";
import { NoMicrophone } from "./join/no-microphone";
import { Arch, Logo } from "./look/arch";
import { Renewed } from "./look/renewed";
import { Palette } from "./palette/palette";
import type { RoomSummary } from "./protocol";
import { Bans } from "./rooms/bans";
import { DeleteRoom } from "./rooms/delete-room";
import { EditRoom } from "./rooms/edit-room";
import { useRoom } from "./rooms/entry";
import { RoomFull } from "./rooms/full";
import { Lobby } from "./rooms/lobby";
import { NewRoom } from "./rooms/new-room";
import { PasswordDoor } from "./rooms/password";
import { Rail } from "./rooms/rail";
import { turnAway } from "./rooms/walk";
import { Settings } from "./settings/settings";
import { announce } from "./voice/announce";
import { Dock } from "./voice/dock";
import { useKeys, usePushKey } from "./voice/keys";
import { LinePanel } from "./voice/line";
import { Mini } from "./voice/mini";
import { PeopleList } from "./voice/people";
import { PersonSheet } from "./voice/person";
import { Room } from "./voice/room";
import { useMediaSession, useWakeLock } from "./voice/system";
import { words } from "./words";

export function App({ hearth }: { hearth: Hearth }) {
  const phase = useStore(session, (state) => state.phase);
  const here = useStore(people, (state) => state.room);
  const room = useRoom(here);
  const showSettings = useStore(face, (state) => state.settings);
  const direct = useStore(face, (state) => state.direct);
  const partner = useStore(calling, ({ call }) =>
    call && call.room === here ? call.person : undefined,
  );
  const place = room?.name ?? partner?.name;
  useTitle(place);
  useKeys(hearth);
  usePushKey(hearth);
  useMediaSession(hearth, place);
  useWakeLock();

  if (phase === "gone") return <Gone hearth={hearth} />;
  return (
    <>
      <button className="skip" type="button" onClick={skip}>
        {words.skip}
      </button>
      {place || showSettings || direct ? (
        <Inside
          hearth={hearth}
          room={room}
          place={place}
          settings={showSettings}
          direct={direct}
          partner={partner?.identity}
        />
      ) : (
        <Lobby hearth={hearth} />
      )}
      <Overlay hearth={hearth} />
      <Ringing hearth={hearth} />
      <Renewed shell={hearth.shell} />
      <AskForNotices />
      <Said />
      <Tidings />
    </>
  );
}

/** Has what the engine tells said and shown. */
export function attend(hearth: Hearth): void {
  hearth.onannounce = (announcement) => announce(announcement);
  hearth.chat.onwritten = (place, message) => {
    tell(place, message);
    notify(hearth.shell, place, message);
  };
  hangBell(hearth.shell);
  hearth.shell.onopen = (place) => openNoticed(place);
}

/** The address names rooms, so this moves the focus itself. */
function skip() {
  const main = document.getElementById("main");
  main?.setAttribute("tabindex", "-1");
  main?.focus();
}

interface InsideProps {
  hearth: Hearth;
  room: RoomSummary | undefined;
  /** Where one's voice is: the room's name, in a call the other's. */
  place: string | undefined;
  settings: SettingsSection | undefined;
  /** The person whose conversation is open. */
  direct: string | undefined;
  /** The person with whom one talks, in a room of two. */
  partner: string | undefined;
}

function Inside(props: InsideProps) {
  const { hearth, room, place, settings: showSettings, direct, partner } = props;
  const tab = useStore(face, (state) => state.tab);
  // The floor of a call is what is written between the two.
  const written = direct ?? partner;
  const [peopleShown, setPeopleShown] = useState(true);
  const news = useNews(room ? [`room:${room.id}`] : []);
  const letters = useNews(useDirectPlaces());
  return (
    <div className="app" data-tab={tab} data-direct={direct ? "" : undefined}>
      <Rail hearth={hearth} />
      {showSettings && <Settings hearth={hearth} section={showSettings} />}
      {written && !showSettings && (
        <Conversation hearth={hearth} person={written} inRoom={place !== undefined} />
      )}
      {room && !showSettings && !direct && (
        <Room
          hearth={hearth}
          room={room}
          peopleShown={peopleShown}
          onpeople={() => setPeopleShown(!peopleShown)}
        />
      )}
      {room && !showSettings && !direct && peopleShown && <PeopleList room={room} />}
      {place && <Dock hearth={hearth} room={place} />}
      {place && <Mini hearth={hearth} room={place} />}
      {/* Where a phone shows a list alone, the page still has a name. */}
      <main className="lone">
        <h1>{words.tabs[tab]}</h1>
      </main>
      <nav className="tabs" aria-label={words.tabs.title}>
        <Tab name="rooms" current={tab} icon={<Logo />} />
        <Tab name="voice" current={tab} icon={<AudioLines />} />
        <Tab name="chat" current={tab} icon={<MessageSquareText />}>
          {room && <Badge {...news} />}
        </Tab>
        <Tab name="direct" current={tab} icon={<Users />}>
          <Badge {...letters} />
        </Tab>
      </nav>
    </div>
  );
}

interface TabProps {
  name: TabName;
  current: TabName;
  icon: React.ReactNode;
  children?: React.ReactNode;
}

function Tab({ name, current, icon, children }: TabProps) {
  return (
    <button
      type="button"
      aria-current={current === name ? "page" : undefined}
      onClick={() => face.setState({ tab: name, direct: undefined, settings: undefined })}
    >
      {icon}
      {words.tabs[name]}
      {children}
    </button>
  );
}

function Overlay({ hearth }: { hearth: Hearth }) {
  const over = useStore(face, (state) => state.over);
  const close = () => lay(undefined);
  switch (over?.kind) {
    case "person":
      return <PersonSheet hearth={hearth} number={over.number} at={over.at} onclose={close} />;
    case "line":
      return <LinePanel at={over.at} onclose={close} />;
    case "palette":
      return <Palette hearth={hearth} onclose={close} />;
    case "microphone":
      return <NoMicrophone hearth={hearth} onclose={close} />;
    case "full":
      return <RoomFull hearth={hearth} id={over.room} onclose={() => turnAway(over.room)} />;
    case "password":
      return <PasswordDoor hearth={hearth} id={over.room} onclose={() => turnAway(over.room)} />;
    case "edit-room":
      return <EditRoom hearth={hearth} id={over.room} onclose={close} />;
    case "bans":
      return <Bans hearth={hearth} id={over.room} onclose={close} />;
    case "delete-room":
      return <DeleteRoom hearth={hearth} id={over.room} onclose={close} />;
    case "new-room":
      return <NewRoom hearth={hearth} onclose={close} />;
    default:
      return null;
  }
}

/** What a screen reader says: who came and went, mute, the connection. Never who speaks. */
function Said() {
  const { text, count } = useStore(face, (state) => state.said);
  return (
    <p className="vh" role="status" aria-live="polite">
      <span key={count}>{text}</span>
    </p>
  );
}

function Gone({ hearth }: { hearth: Hearth }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <main className="gone" id="main">
      <div className="seat">
        <span className="stand">
          <Arch kind="gap" size={132} />
        </span>
      </div>
      <h1 ref={heading} tabIndex={-1}>
        {words.gone.title}
      </h1>
      <p>{words.gone.text}</p>
      <p className="hush-a">
        <button className="btn main big" type="button" onClick={() => void hearth.takeOver()}>
          {words.gone.here}
        </button>
      </p>
    </main>
  );
}

function useTitle(place: string | undefined) {
  useEffect(() => {
    document.title = place ? `${place} · ${words.hearth}` : words.hearth;
    return () => {
      document.title = words.hearth;
    };
  }, [place]);
}
