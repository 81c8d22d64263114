// Night or day, in which language, and whether the screen stays on.

import { useStore } from "zustand";
import { settings } from "../engine/stores";
import { words } from "../words";
import { LanguageChoice } from "./language";
import { Segments } from "./segments";
import { Switch } from "./switch";

export function Look() {
  const light = useStore(settings, (state) => state.light);
  return (
    <div className="set-g">
      <h2>{words.settings.sections.look}</h2>
      <Segments
        legend={words.settings.light}
        choices={words.settings.lights}
        chosen={light}
        onchoose={(light) => settings.setState({ light })}
      />
      <p className="hint">{words.settings.lightHint}</p>
      <LanguageChoice />
      <Switch name="awake" text={words.settings.awake} />
    </div>
  );
}
