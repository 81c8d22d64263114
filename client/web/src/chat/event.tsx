// Something that happened in a conversation and is kept.

import {
  Crown,
  DoorOpen,
  HeadphoneOff,
  LogOut,
  MessageSquareText,
  MicOff,
  Pencil,
  Phone,
  PhoneMissed,
} from "lucide-react";
import { memo } from "react";
import { callUp } from "../direct/call-up";
import type { Hearth } from "../engine/hearth";
import { type Place, personOf } from "../engine/place";
import type { ChatMessage, SystemEvent } from "../protocol";
import { words } from "../words";
import { lengthOf, timeOf } from "../words/clock";
import { known } from "./names";

interface Props {
  hearth: Hearth;
  place: Place;
  message: ChatMessage;
  you: string | undefined;
}

export const EventLine = memo(function EventLine({ hearth, place, message, you }: Props) {
  const { id, seq, at_ms, author, body } = message;
  // A newer server may keep more than this page knows to tell.
  if (body.kind !== "system" || !Object.hasOwn(ICONS, body.event.what)) return null;
  const Icon = ICONS[body.event.what];
  const own = author.identity === you;
  const other = body.event.what === "missed_call" ? personOf(place) : undefined;
  const person = other === author.identity ? author : other && known(other);
  return (
    <p className="sys" data-row={id} data-seq={seq} tabIndex={-1}>
      <Icon />
      <span>
        {sentence(body.event, author.name, own)}{" "}
        <time dateTime={new Date(at_ms).toISOString()}>{timeOf(at_ms)}</time>{" "}
        {person && (
          <button className="link" type="button" onClick={() => callUp(hearth, person)}>
            {own ? words.call.again : words.call.back}
          </button>
        )}
      </span>
    </p>
  );
});

const ICONS = {
  room_created: DoorOpen,
  room_renamed: Pencil,
  topic_changed: MessageSquareText,
  kicked: LogOut,
  banned: LogOut,
  role_changed: Crown,
  unbanned: DoorOpen,
  moved: DoorOpen,
  server_muted: MicOff,
  server_deafened: HeadphoneOff,
  missed_call: PhoneMissed,
  call: Phone,
} satisfies Record<SystemEvent["what"], unknown>;

function sentence(event: SystemEvent, by: string, own: boolean): string {
  const say = words.chat.event;
  switch (event.what) {
    case "room_created":
      return say.created(by);
    case "room_renamed":
      return say.renamed(by, `${event.icon} ${event.name}`);
    case "topic_changed":
      return event.topic ? say.topic(by, event.topic) : say.noTopic(by);
    case "kicked":
      return say.kicked(by, event.name);
    case "banned":
      return say.banned(by, event.name);
    case "unbanned":
      return say.unbanned(by, event.name);
    case "moved":
      return say.moved(by, event.name);
    case "server_muted":
      return event.muted ? say.muted(by, event.name) : say.unmuted(by, event.name);
    case "server_deafened":
      return event.deafened ? say.deafened(by, event.name) : say.undeafened(by, event.name);
    case "role_changed":
      return say.role(by, event.name, words.roles[event.role]);
    case "missed_call":
      return own ? say.unanswered : say.missedFrom(by);
    case "call":
      return own
        ? say.called(lengthOf(event.duration_ms))
        : say.calledBy(by, lengthOf(event.duration_ms));
  }
}
