// Who came and went and how the connection is: said to a screen reader, and heard.

import type { Announcement } from "../engine/announcement";
import { play } from "../engine/sounds";
import { call, people, settings } from "../engine/stores";
import { say } from "../face";
import { words } from "../words";

/** Above so many people, coming and going makes no sound by itself. */
const SMALL_ROOM = 8;
/** Several who come at once are one sound, ms. */
const APART_MS = 600;

let soundedAt = Number.NEGATIVE_INFINITY;

export function announce({ kind, name }: Announcement): void {
  const said = words.said[kind];
  say(typeof said === "string" ? said : said(name));
  if (kind === "joined" || kind === "left") sound(kind);
}

function sound(kind: "joined" | "left"): void {
  const { sounds, speaker } = settings.getState();
  const crowded = people.getState().count > SMALL_ROOM;
  const now = performance.now();
  if (!sounds || crowded || call.getState().deafened || now - soundedAt < APART_MS) return;
  soundedAt = now;
  void play(kind, speaker);
}
