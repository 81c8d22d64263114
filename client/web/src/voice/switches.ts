// Mute, deafen and leave, by button, key or palette: done, and said to a screen reader.

import { calling, talkingWith } from "../engine/calling";
import type { Hearth } from "../engine/hearth";
import { call } from "../engine/stores";
import { face, say } from "../face";
import { words } from "../words";

export function toggleMute(hearth: Hearth): void {
  const { muted, deafened } = call.getState();
  const silent = muted || deafened;
  hearth.mute(!silent);
  say(silent ? words.said.unmuted : words.said.muted);
}

export function toggleDeafen(hearth: Hearth): void {
  const deafened = !call.getState().deafened;
  hearth.deafen(deafened);
  say(deafened ? words.said.deafened : words.said.undeafened);
}

export function leave(hearth: Hearth): void {
  if (talkingWith(calling.getState()) !== undefined) return hearth.calls.hangUp();
  hearth.walkOut();
  face.setState({ settings: undefined, over: undefined, tab: "voice" });
}
