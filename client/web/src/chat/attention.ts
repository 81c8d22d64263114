// Whether somebody is looking at this page.

import { useSyncExternalStore } from "react";

function subscribe(changed: () => void): () => void {
  document.addEventListener("visibilitychange", changed);
  addEventListener("focus", changed);
  addEventListener("blur", changed);
  return () => {
    document.removeEventListener("visibilitychange", changed);
    removeEventListener("focus", changed);
    removeEventListener("blur", changed);
  };
}

/** The page is in view and has the focus. */
export function attentive(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

export function useAttentive(): boolean {
  return useSyncExternalStore(subscribe, attentive);
}
