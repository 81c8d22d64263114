// One setting that is on or off, and what it does for others.

import { useStore } from "zustand";
import { type SettingsState, settings } from "../engine/stores";
import { Toggle } from "../look/toggle";

type Flag = {
  [K in keyof SettingsState]: SettingsState[K] extends boolean ? K : never;
}[keyof SettingsState];

interface Props {
  name: Flag;
  text: readonly string[];
  /** Told after the change. */
  onchange?: () => void;
}

export function Switch({ name, text, onchange }: Props) {
  const on = useStore(settings, (state) => state[name]);
  return (
    <Toggle
      text={text}
      on={on}
      onset={(on) => {
        settings.setState({ [name]: on });
        onchange?.();
      }}
    />
  );
}
