// What the page says about voice messages, in German.

import type { Words } from "..";

export const sound: Words["sound"] = {
  title: "Sprachnachricht",
  record: "Sprachnachricht aufnehmen",
  recording: "Aufnahme einer Sprachnachricht",
  now: "Aufnahme",
  paused: "Angehalten",
  most: "von höchstens",
  discard: "Verwerfen",
  discardLabel: "Aufnahme verwerfen",
  pause: "Aufnahme anhalten",
  resume: "Weiter aufnehmen",
  listen: "Erst anhören",
  send: "Sprachnachricht senden",
  sending: "Wird gesendet",
  again: "Noch einmal",
  offline: "Der Server antwortet nicht. Deine Aufnahme bleibt.",
  refused: "Der Server nimmt diese Aufnahme nicht.",
  fresh: "nicht gehört",
  play: "Sprachnachricht abspielen",
  stop: "Sprachnachricht anhalten",
  position: "Stelle",
  failed: "Das lässt sich gerade nicht abspielen.",
  length: (seconds) => `${seconds} Sekunden`,
  at: (seconds, all) => `${seconds} von ${all} Sekunden`,
  speed: (speed) => `Tempo ${speed}-fach. Ändern`,
  gain: (gain) => `Lauter: ${gain}-fach. Ändern`,
};
