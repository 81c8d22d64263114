// What can be done from the palette.

import {
  DoorOpen,
  Headphones,
  Link,
  LogOut,
  Mic,
  MicOff,
  Moon,
  Pencil,
  Phone,
  PhoneOff,
  Plus,
  SlidersHorizontal,
  Sun,
} from "lucide-react";
import { openDirect } from "../direct/open";
import { calling } from "../engine/calling";
import type { Hearth } from "../engine/hearth";
import { call, people, settings } from "../engine/stores";
import { face, invitation, lay } from "../face";
import { copy } from "../voice/copy";
import { leave, toggleDeafen, toggleMute } from "../voice/switches";
import { words } from "../words";
import type { Entry } from "./entries";

/** Those that make sense now. */
export function commands(hearth: Hearth): Entry[] {
  const { room, role } = people.getState();
  const { call: now } = calling.getState();
  const inCall = now !== undefined && now.room === room;
  const { speaks, muted, deafened } = call.getState();
  const day = document.documentElement.dataset.theme === "day";
  const list: (Omit<Entry, "group"> | false)[] = [
    now?.stage === "coming" && {
      key: "answer",
      text: words.call.answer,
      icon: <Phone />,
      choose: () => {
        openDirect(now.person.identity);
        void hearth.calls.accept();
      },
    },
    now?.stage === "coming" && {
      key: "decline",
      text: words.call.decline,
      icon: <PhoneOff />,
      choose: () => hearth.calls.decline(),
    },
    room !== undefined &&
      speaks && {
        key: "mute",
        text: muted || deafened ? words.palette.unmute : words.palette.mute,
        icon: muted || deafened ? <Mic /> : <MicOff />,
        shortcut: "M",
        choose: () => toggleMute(hearth),
      },
    room !== undefined && {
      key: "deafen",
      text: deafened ? words.palette.undeafen : words.palette.deafen,
      icon: <Headphones />,
      shortcut: "D",
      choose: () => toggleDeafen(hearth),
    },
    room !== undefined &&
      !inCall && {
        key: "copy",
        text: words.room.copy,
        icon: <Link />,
        choose: () => void copy(invitation(room)),
      },
    {
      key: "settings",
      text: words.settings.title,
      icon: <SlidersHorizontal />,
      choose: () => face.setState({ settings: "sound", tab: "voice" }),
    },
    {
      key: "new-room",
      text: words.rooms.open,
      icon: <Plus />,
      choose: () => lay({ kind: "new-room" }),
    },
    room !== undefined &&
      (role === "owner" || role === "moderator") && {
        key: "edit-room",
        text: words.order.edit,
        icon: <Pencil />,
        choose: () => lay({ kind: "edit-room", room }),
      },
    {
      key: "light",
      text: day ? words.palette.night : words.palette.day,
      icon: day ? <Moon /> : <Sun />,
      choose: () => settings.setState({ light: day ? "night" : "day" }),
    },
    room !== undefined && {
      key: "leave",
      text: inCall ? words.call.hangUp : words.dock.leave,
      icon: inCall ? <PhoneOff /> : <LogOut />,
      choose: () => leave(hearth),
    },
    { key: "rooms", text: words.palette.rooms, icon: <DoorOpen />, choose: showRooms },
  ];
  return list.filter((entry) => entry !== false).map((entry) => ({ ...entry, group: "commands" }));
}

function showRooms(): void {
  face.setState({ tab: "rooms", settings: undefined });
  document.querySelector<HTMLElement>(".rail a, .doors a")?.focus();
}
