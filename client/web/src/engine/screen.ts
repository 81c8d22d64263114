// Levels on their way to the screen.
//
// Owns which elements show which level, and writes `--level` on them. The only path from sound to
// the page that runs many times a second: it touches no React state.

/** A participant number, what the own microphone sends, or what it picks up. */
export type LevelKey = number | "microphone" | "capture";

const shown = new Map<LevelKey, Set<HTMLElement>>();
const written = new WeakMap<HTMLElement, string>();

/** Shows a level on an element until the returned function is called. */
export function show(key: LevelKey, element: HTMLElement): () => void {
  const elements = shown.get(key) ?? new Set();
  shown.set(key, elements.add(element));
  return () => {
    elements.delete(element);
    if (elements.size === 0 && shown.get(key) === elements) shown.delete(key);
  };
}

/** Writes the levels; what has none is still. */
export function paint(levels: ReadonlyMap<LevelKey, number>): void {
  for (const [key, elements] of shown) {
    const value = (levels.get(key) ?? 0).toFixed(3);
    for (const element of elements) {
      if (written.get(element) === value) continue;
      written.set(element, value);
      element.style.setProperty("--level", value);
    }
  }
}
