// The language of the page.

import { ChevronDown } from "lucide-react";
import { useStore } from "zustand";
import { LANGUAGES, type Language, type SettingsState, settings } from "../engine/stores";
import { words } from "../words";

/** Each as it calls itself. */
const NAMES: Record<Language, string> = {
  en: "English",
  de: "Deutsch",
  es: "Español",
  hi: "हिन्दी",
};

export function LanguageChoice() {
  const language = useStore(settings, (state) => state.language);
  return (
    <div className="field">
      <label htmlFor="language">{words.settings.language}</label>
      <div className="select">
        <select
          id="language"
          value={language}
          onChange={(event) =>
            settings.setState({ language: event.target.value as SettingsState["language"] })
          }
        >
          <option value="system">{words.settings.bySystem}</option>
          {LANGUAGES.map((name) => (
            <option key={name} value={name} lang={name}>
              {NAMES[name]}
            </option>
          ))}
        </select>
        <ChevronDown />
      </div>
    </div>
  );
}
