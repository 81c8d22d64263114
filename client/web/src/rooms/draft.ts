// A room as somebody wants it to be. Pure.

import type { Trouble } from "../engine/stores";
import type { CreateRoom, EditRoom, RoomSummary } from "../protocol";

export interface Draft {
  name: string;
  icon: string;
  topic: string;
  /** Digits, or nothing for no limit. */
  most: string;
  locked: boolean;
  /** Empty where it is to stay as it is. */
  password: string;
  hidden: boolean;
}

/** Icons to begin with. */
export const ICONS = ["🪴", "💬", "🎵", "🎮", "📚", "☕", "🛠️", "🌙"];

export const BLANK: Draft = {
  name: "",
  icon: ICONS[0] ?? "",
  topic: "",
  most: "",
  locked: false,
  password: "",
  hidden: false,
};

export function draftOf(room: RoomSummary): Draft {
  return {
    name: room.name,
    icon: room.icon,
    topic: room.topic ?? "",
    most: room.max_participants === undefined ? "" : String(room.max_participants),
    locked: room.locked ?? false,
    password: "",
    hidden: room.hidden ?? false,
  };
}

/** For whom it is there, as a key of the words. */
export function reach({ locked, hidden }: Draft): "open" | "locked" | "hidden" | "both" {
  if (locked) return hidden ? "both" : "locked";
  return hidden ? "hidden" : "open";
}

/** What it lacks to be asked for: a lock that is new needs a password. */
export function lack(draft: Draft, before: Draft = BLANK): Trouble | undefined {
  if (draft.name.trim() === "" || draft.icon === "") return "room_invalid";
  const keyed = !draft.locked || before.locked || draft.password !== "";
  return keyed ? undefined : "password_missing";
}

export function creation(draft: Draft): CreateRoom {
  const { name, icon, topic, most, locked, password, hidden } = draft;
  return {
    name: name.trim(),
    icon,
    ...(topic.trim() && { topic: topic.trim() }),
    ...(Number(most) > 0 && { max_participants: Number(most) }),
    ...(locked && { password }),
    ...(hidden && { hidden }),
  };
}

/** What has changed, and nothing else: moderators may change the topic alone. */
export function change(room: string, before: Draft, draft: Draft): EditRoom {
  const edit: EditRoom = { room };
  if (draft.name.trim() !== before.name) edit.name = draft.name.trim();
  if (draft.icon !== before.icon) edit.icon = draft.icon;
  if (draft.topic.trim() !== before.topic) edit.topic = draft.topic.trim();
  if (draft.most !== before.most) edit.max_participants = Number(draft.most);
  if (!draft.locked && before.locked) edit.password = "";
  if (draft.locked && draft.password !== "") edit.password = draft.password;
  if (draft.hidden !== before.hidden) edit.hidden = draft.hidden;
  return edit;
}
