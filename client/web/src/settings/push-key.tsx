// Which key is held to talk.

import { useEffect, useState } from "react";
import { useStore } from "zustand";
import { settings } from "../engine/stores";
import { keyName } from "../voice/keys";
import { words } from "../words";

/** Keys that move the focus or close things keep their meaning. */
const TAKEN = ["Escape", "Tab", "Enter", "NumpadEnter", "KeyM", "KeyD"];

export function PushKey() {
  const key = useStore(settings, (state) => state.pushKey);
  const [asking, setAsking] = useState(false);
  useEffect(() => {
    if (!asking) return;
    const pressed = (event: KeyboardEvent) => {
      event.preventDefault();
      event.stopPropagation();
      if (!TAKEN.includes(event.code)) settings.setState({ pushKey: event.code });
      setAsking(false);
    };
    addEventListener("keydown", pressed, { capture: true });
    return () => removeEventListener("keydown", pressed, { capture: true });
  }, [asking]);
  return (
    <div className="push-key">
      <p>
        {words.settings.pushKey} <kbd>{keyName(key)}</kbd>
      </p>
      <button
        className="btn quiet small"
        type="button"
        aria-pressed={asking}
        onClick={() => setAsking(!asking)}
      >
        {asking ? words.settings.pressKey : words.settings.otherKey}
      </button>
    </div>
  );
}
