// The words of the page in the language that is spoken now.
//
// Owns which language that is. `Words` is the shape of the English ones: a language that lacks a
// word does not build. Each but English is loaded when it is chosen.

import { LANGUAGES, type Language, type SettingsState } from "../engine/stores";
import { en } from "./en";

export type Words = typeof en;

export let words: Words = en;

const LOADED: Record<Language, () => Promise<Words>> = {
  en: async () => en,
  de: async () => (await import("./de")).de,
  es: async () => (await import("./es")).es,
  hi: async () => (await import("./hi")).hi,
};

/** The language that a choice means here. */
export function meant(choice: SettingsState["language"], browser: readonly string[]): Language {
  if (choice !== "system") return choice;
  const short = browser.map((tag) => tag.split("-")[0]);
  return LANGUAGES.find((language) => language === short.find((tag) => isSpoken(tag))) ?? "en";
}

function isSpoken(tag: string | undefined): boolean {
  return LANGUAGES.some((language) => language === tag);
}

/** Speaks a language from the next drawing on. Resolves with which. */
export async function speak(choice: SettingsState["language"]): Promise<Language> {
  const language = meant(choice, navigator.languages);
  try {
    words = await LOADED[language]();
    document.documentElement.lang = language;
    return language;
  } catch {
    // Not to be had right now: what is spoken goes on.
    return document.documentElement.lang as Language;
  }
}
