// The buttons for one's own voice, on the dock and on the mini panel.

import { HeadphoneOff, Headphones, LogOut, Mic, MicOff, PhoneOff } from "lucide-react";
import type { ReactNode } from "react";
import { useStore } from "zustand";
import { calling, talkingWith } from "../engine/calling";
import type { Hearth } from "../engine/hearth";
import { call } from "../engine/stores";
import { words } from "../words";
import { leave, toggleDeafen, toggleMute } from "./switches";

interface Props {
  hearth: Hearth;
  className: string;
  /** The key that does the same, where keys are listened to. */
  shortcut?: string;
  /** What stands beside the icon. */
  children?: ReactNode;
}

export function MuteButton({ hearth, ...rest }: Props) {
  const silent = useStore(call, ({ muted, deafened }) => muted || deafened);
  return (
    <Toggle name={words.dock.mute} on={silent} ontoggle={() => toggleMute(hearth)} {...rest}>
      {silent ? <MicOff /> : <Mic />}
      {rest.children}
    </Toggle>
  );
}

export function DeafenButton({ hearth, ...rest }: Props) {
  const deafened = useStore(call, (state) => state.deafened);
  return (
    <Toggle name={words.dock.deafen} on={deafened} ontoggle={() => toggleDeafen(hearth)} {...rest}>
      {deafened ? <HeadphoneOff /> : <Headphones />}
      {rest.children}
    </Toggle>
  );
}

/** Out of the room, or out of the call. `wide`: with its name beside it. */
export function LeaveButton({ hearth, wide }: { hearth: Hearth; wide?: boolean }) {
  const inCall = useStore(calling, (state) => talkingWith(state) !== undefined);
  const name = inCall ? words.call.hangUp : words.dock.leave;
  return (
    <button className="btn leave" type="button" aria-label={name} onClick={() => leave(hearth)}>
      {inCall ? <PhoneOff /> : <LogOut />}
      {wide && <span>{name}</span>}
    </button>
  );
}

interface ToggleProps extends Omit<Props, "hearth"> {
  name: string;
  on: boolean;
  ontoggle: () => void;
}

function Toggle({ name, on, ontoggle, className, shortcut, children }: ToggleProps) {
  return (
    <button
      className={className}
      type="button"
      aria-label={name}
      aria-pressed={on}
      aria-keyshortcuts={shortcut}
      title={shortcut && `${name} (${shortcut})`}
      onClick={ontoggle}
    >
      {children}
    </button>
  );
}
