// The keys that work everywhere: M, D, Ctrl+K, Esc, and the one that is held to talk. Never while
// somebody types.

import { useEffect } from "react";
import type { Hearth } from "../engine/hearth";
import { call, people, session, settings } from "../engine/stores";
import { face, lay } from "../face";
import { toggleDeafen, toggleMute } from "./switches";

/** Whether keys are letters there. */
export function types(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) {
    return !["checkbox", "radio", "range", "button"].includes(target.type);
  }
  return target.isContentEditable || ["TEXTAREA", "SELECT"].includes(target.tagName);
}

/** A key as its cap says it: "V" for `KeyV`. */
export function keyName(code: string): string {
  return code.replace(/^(Key|Digit|Arrow)/, "");
}

/** A voice is let go so much later than the key: the last syllable is often still under way, ms. */
const LET_GO_MS = 150;

/** Push-to-talk by key: held is heard. Another window or tab lets go. */
export function usePushKey(hearth: Hearth): void {
  useEffect(() => {
    let letting: ReturnType<typeof setTimeout> | undefined;
    const holds = ({ code }: KeyboardEvent) => {
      const { pushToTalk, pushKey } = settings.getState();
      return pushToTalk && code === pushKey && people.getState().room !== undefined;
    };
    const press = (event: KeyboardEvent) => {
      if (!holds(event) || types(event.target) || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      clearTimeout(letting);
      hearth.voice.hold(true);
    };
    const release = (event: KeyboardEvent) => {
      if (!holds(event)) return;
      letting = setTimeout(() => hearth.voice.hold(false), LET_GO_MS);
    };
    const gone = () => hearth.voice.hold(false);
    addEventListener("keydown", press);
    addEventListener("keyup", release);
    addEventListener("blur", gone);
    document.addEventListener("visibilitychange", gone);
    return () => {
      clearTimeout(letting);
      removeEventListener("keydown", press);
      removeEventListener("keyup", release);
      removeEventListener("blur", gone);
      document.removeEventListener("visibilitychange", gone);
    };
  }, [hearth]);
}

export function useKeys(hearth: Hearth): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const inside = people.getState().room !== undefined;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        if (session.getState().phase === "in") lay({ kind: "palette" });
      } else if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      else if (event.key === "Escape" && face.getState().settings && !types(event.target)) {
        face.setState({ settings: undefined });
      } else if (types(event.target) || !inside) return;
      else if (event.key.toLowerCase() === "m" && call.getState().speaks) toggleMute(hearth);
      else if (event.key.toLowerCase() === "d") toggleDeafen(hearth);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [hearth]);
}
