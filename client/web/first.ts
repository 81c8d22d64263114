// What is loaded before anybody can come in: the letters are asked for at once, and the build fails
// when scripts and styles get heavier than they may be.
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** The most that scripts and styles of the door and the house weigh together, compressed, bytes. */
const HEAVIEST = 200_000;
/** Fetched by the door itself, without anybody's wish. */
const HOUSE = /\/src\/app\.tsx$/;
/** The letters that every language but Hindi begins with. */
const LETTERS = /commissioner-latin-flar-.*\.woff2$/;

export function firstLoad(): Plugin {
  return {
    name: "first-load",
    apply: "build",
    transformIndexHtml(_, { bundle = {} }) {
      return Object.keys(bundle)
        .filter((file) => LETTERS.test(file))
        .map((file) => ({
          tag: "link",
          attrs: {
            rel: "preload",
            as: "font",
            type: "font/woff2",
            crossorigin: "",
            href: `/${file}`,
          },
          injectTo: "head" as const,
        }));
    },
    generateBundle(_, bundle) {
      const files = Object.values(bundle);
      const wanted = new Set<string>();
      const want = (file: string) => {
        const chunk = bundle[file];
        if (wanted.has(file) || chunk?.type !== "chunk") return;
        wanted.add(file);
        for (const imported of chunk.imports) want(imported);
      };
      for (const file of files) {
        if (file.type !== "chunk") continue;
        if (file.isEntry || HOUSE.test(file.facadeModuleId ?? "")) want(file.fileName);
      }
      const weight = files.reduce((sum, file) => {
        if (file.type === "chunk") return sum + (wanted.has(file.fileName) ? packed(file.code) : 0);
        return sum + (file.fileName.endsWith(".css") ? packed(file.source) : 0);
      }, 0);
      if (weight > HEAVIEST) {
        this.error(`the first load weighs ${weight} bytes, and may weigh ${HEAVIEST}`);
      }
    },
  };
}

/** By gzip: what brotli makes of it is smaller still. */
function packed(source: string | Uint8Array): number {
  return gzipSync(source).length;
}
