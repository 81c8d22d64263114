// The keys that work everywhere: M, D, Ctrl+K, Esc. Never while somebody types.

import { useEffect } from "react";
import type { Hearth } from "../engine/hearth";
import { call, people } from "../engine/stores";
import { face } from "../face";
import { SEARCH_CLASS } from "../rooms/search";
import { toggleDeafen, toggleMute } from "./switches";

function types(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) {
    return !["checkbox", "radio", "range", "button"].includes(target.type);
  }
  return target.isContentEditable || ["TEXTAREA", "SELECT"].includes(target.tagName);
}

/** Puts the focus on the search that is in view. */
function search(): void {
  face.setState({ tab: "rooms" });
  requestAnimationFrame(() => {
    const fields = document.querySelectorAll<HTMLElement>(`.${SEARCH_CLASS}`);
    [...fields].find((field) => field.offsetParent)?.focus();
  });
}

export function useKeys(hearth: Hearth): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const inside = people.getState().room !== undefined;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        search();
      } else if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      else if (event.key === "Escape" && face.getState().settings && !types(event.target)) {
        face.setState({ settings: false });
      } else if (types(event.target) || !inside) return;
      else if (event.key.toLowerCase() === "m" && call.getState().speaks) toggleMute(hearth);
      else if (event.key.toLowerCase() === "d") toggleDeafen(hearth);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [hearth]);
}
