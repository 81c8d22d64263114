// The names of all emoji in the languages that the page speaks, as files of the page: what its
// picker needs of them and no more.
import { createRequire } from "node:module";
import type { Plugin } from "vite";

const require = createRequire(import.meta.url);
const LANGUAGES = ["en", "de", "es", "hi"];

interface Emoji {
  emoji: string;
  label: string;
  group?: number;
  subgroup?: number;
  version: number;
  tags?: string[];
  skins?: { emoji: string; tone: number | number[] }[];
}

function names(language: string): string {
  const all: Emoji[] = require(`emojibase-data/${language}/data.json`);
  const kept = all.map(({ emoji, label, group, subgroup, version, tags, skins }) => ({
    ...{ emoji, label, group, subgroup, version, tags },
    skins: skins?.map(({ emoji, tone }) => ({ emoji, tone })),
  }));
  return JSON.stringify(kept);
}

function groups(language: string): string {
  return JSON.stringify(require(`emojibase-data/${language}/messages.json`));
}

export function emoji(): Plugin {
  const files = LANGUAGES.flatMap((language) => [
    { fileName: `emoji/${language}/data.json`, source: () => names(language) },
    { fileName: `emoji/${language}/messages.json`, source: () => groups(language) },
  ]);
  return {
    name: "emoji",
    generateBundle() {
      for (const { fileName, source } of files) {
        this.emitFile({ type: "asset", fileName, source: source() });
      }
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const file = files.find(({ fileName }) => request.url === `/${fileName}`);
        if (file) response.setHeader("Content-Type", "application/json").end(file.source());
        else next();
      });
    },
  };
}
