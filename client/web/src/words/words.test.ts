// The choice of a language, and that every language says something wherever English does.

import { expect, test } from "vitest";
import { meant } from ".";
import { de } from "./de";
import { en } from "./en";
import { es } from "./es";
import { hi } from "./hi";

/** Every word by its path, functions called with what is plain to see. */
function spoken(words: object, path = ""): [string, string][] {
  return Object.entries(words).flatMap(([name, value]) => {
    const at = `${path}/${name}`;
    if (typeof value === "string") return [[at, value] as [string, string]];
    if (typeof value === "function") return [[at, String(value.length)] as [string, string]];
    return spoken(value as object, at);
  });
}

test("the browser's first language that is spoken is meant, and a choice is a choice", () => {
  expect(meant("system", ["fr-FR", "de-AT", "en"])).toBe("de");
  expect(meant("system", ["fr"])).toBe("en");
  expect(meant("en", ["de"])).toBe("en");
});

test.each([
  ["de", de],
  ["es", es],
  ["hi", hi],
])("%s has every word, and none is empty", (_, language) => {
  const said = spoken(language);
  expect(said.map(([path]) => path).toSorted()).toEqual(
    spoken(en)
      .map(([path]) => path)
      .toSorted(),
  );
  for (const [path, word] of said) expect(word.trim(), path).not.toBe("");
});

test("people are counted and listed as the language does", () => {
  expect(en.rooms.talking(["Ana", "Bo", "Cy", "Dee"])).toBe("Ana, Bo and 2 more are talking");
  expect(en.rooms.sum(1)).toContain("1 person is");
  expect(de.rooms.talking(["Ana", "Bo"])).toBe("Ana und Bo sprechen");
  expect(de.rooms.sum(2)).toContain("2 Personen sind");
  expect(hi.rooms.talking(["Ana", "Bo"])).toBe("Ana और Bo बोल रहे हैं");
  expect(hi.rooms.sum(2)).toContain("2 लोग");
});
