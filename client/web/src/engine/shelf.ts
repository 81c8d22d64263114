// What the browser keeps: small JSON values by name.
//
// Owns the naming and the reading of storage that may be closed (private windows), full or edited
// by hand. Never throws.

/** `visit` lives as long as the tab, `house` until it is cleared. */
export type Shelf = "visit" | "house";

const PREFIX = "hearth.";

function storage(shelf: Shelf): Storage | undefined {
  try {
    return shelf === "visit" ? sessionStorage : localStorage;
  } catch {
    return undefined;
  }
}

/** The value, if it is there and `is` takes it. */
export function read<T>(
  shelf: Shelf,
  name: string,
  is: (value: unknown) => value is T,
): T | undefined {
  try {
    const value: unknown = JSON.parse(storage(shelf)?.getItem(PREFIX + name) ?? "null");
    return is(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps the value; `undefined` removes it. */
export function keep(shelf: Shelf, name: string, value: unknown): void {
  try {
    if (value === undefined) storage(shelf)?.removeItem(PREFIX + name);
    else storage(shelf)?.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Full or closed: the page works without, it only forgets.
  }
}
