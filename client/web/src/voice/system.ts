// What the system is told of one's voice: media keys and headset buttons, and whether the screen
// stays on.

import { useEffect } from "react";
import { useStore } from "zustand";
import type { Hearth } from "../engine/hearth";
import { call, people, settings } from "../engine/stores";
import { words } from "../words";
import { leave, toggleMute } from "./switches";

/** Not every browser knows every action. */
function act(action: string, handle: (() => void) | null): void {
  try {
    navigator.mediaSession.setActionHandler(action as MediaSessionAction, handle);
  } catch {
    // Then its keys do nothing here, as without us.
  }
}

/** Media keys mute and leave; the lock screen names the room. */
export function useMediaSession(hearth: Hearth, name: string | undefined): void {
  const silent = useStore(call, ({ speaks, muted, deafened }) => !speaks || muted || deafened);
  useEffect(() => {
    if (!name || !navigator.mediaSession) return;
    const { mediaSession } = navigator;
    mediaSession.metadata = new MediaMetadata({ title: name, artist: words.hearth });
    mediaSession.playbackState = "playing";
    act("togglemicrophone", () => toggleMute(hearth));
    act("hangup", () => leave(hearth));
    return () => {
      mediaSession.metadata = null;
      mediaSession.playbackState = "none";
      act("togglemicrophone", null);
      act("hangup", null);
    };
  }, [hearth, name]);
  useEffect(() => {
    void navigator.mediaSession?.setMicrophoneActive?.(name !== undefined && !silent);
  }, [name, silent]);
}

/** The screen stays on while one is in a room, if that is wanted: phones mute a locked page. */
export function useWakeLock(): void {
  const wanted = useStore(settings, (state) => state.awake);
  const inside = useStore(people, (state) => state.room !== undefined);
  useEffect(() => {
    if (!wanted || !inside || !navigator.wakeLock) return;
    let lock: WakeLockSentinel | undefined;
    let over = false;
    const take = async () => {
      if (document.visibilityState !== "visible" || (lock && !lock.released)) return;
      // Refused on a low battery; asked again when the page is seen again.
      lock = await navigator.wakeLock.request("screen").catch(() => undefined);
      if (over) void lock?.release();
    };
    void take();
    document.addEventListener("visibilitychange", take);
    return () => {
      over = true;
      document.removeEventListener("visibilitychange", take);
      void lock?.release();
    };
  }, [wanted, inside]);
}
