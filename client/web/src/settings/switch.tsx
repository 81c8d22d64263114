// One setting that is on or off, and what it does for others.

import { useId } from "react";
import { useStore } from "zustand";
import { type SettingsState, settings } from "../engine/stores";

type Flag = {
  [K in keyof SettingsState]: SettingsState[K] extends boolean ? K : never;
}[keyof SettingsState];

interface Props {
  name: Flag;
  text: readonly string[];
  /** Told after the change. */
  onchange?: () => void;
}

export function Switch({ name, text: [title, hint], onchange }: Props) {
  const on = useStore(settings, (state) => state[name]);
  const id = useId();
  return (
    <label className="switch">
      <span>
        <b>{title}</b>
        <small id={id}>{hint}</small>
      </span>
      <input
        type="checkbox"
        role="switch"
        aria-label={title}
        aria-describedby={id}
        checked={on}
        onChange={(event) => {
          settings.setState({ [name]: event.target.checked });
          onchange?.();
        }}
      />
    </label>
  );
}
