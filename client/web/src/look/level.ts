// A level on an element: the hook between React and the screen's own writing.

import { useCallback } from "react";
import { type LevelKey, show } from "../engine/screen";

/** A ref that shows the level of `key` on its element as `--level`. */
export function useLevel(key: LevelKey | undefined) {
  return useCallback(
    (element: HTMLElement | null) => {
      if (element && key !== undefined) return show(key, element);
      return undefined;
    },
    [key],
  );
}
