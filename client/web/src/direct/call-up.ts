// Calling somebody, from anywhere on the page.

import type { Hearth } from "../engine/hearth";
import type { Author } from "../protocol";
import { openDirect } from "./open";

/** Rings at somebody's, and shows what is written between the two meanwhile. */
export function callUp(hearth: Hearth, person: Author): void {
  openDirect(person.identity);
  void hearth.calls.start(person);
}
