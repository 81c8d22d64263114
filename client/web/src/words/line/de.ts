// What the page says about the way of one's voice to the server, in German.

import type { Words } from "..";

export const line: Words["line"] = {
  title: "Verbindung",
  label: (verdict) => `Verbindung ${verdict}, Einzelheiten: `,
  good: "gut",
  fair: "mäßig",
  poor: "schwach",
  repairing: "wird repariert",
  lost: "verloren",
  joining: "wird geöffnet",
  sentence: {
    good: (ms) => ["Gut.", `Die Stimme braucht ${ms} zum Server und zurück.`],
    fair: (ms) => ["Mäßig.", `Die Stimme braucht ${ms}; ein Wort kann spät kommen.`],
    poor: (ms) => [
      "Schwach.",
      `Die Stimme braucht ${ms}, und etwas geht verloren. Geh näher an den Router.`,
    ],
    repairing: () => ["Wird repariert.", "Ein neuer Weg wird geöffnet; du musst nichts tun."],
    lost: () => ["Keine Stimme.", "Gerade hört dich niemand. Wir versuchen es weiter."],
    joining: () => ["Wird geöffnet.", "Der erste Weg wird geöffnet."],
  },
  closed: {
    closed: "Der Browser hat sie beendet.",
    consent_expired: "Von diesem Browser kam nichts mehr.",
    never_connected: "Es fand sich kein Weg zum Server. Vielleicht sperrt ihn eine Firewall.",
    handshake_failed: "Browser und Server haben sich nicht auf die Verschlüsselung geeinigt.",
    fingerprint_mismatch: "Die Verschlüsselung war nicht die dieses Browsers.",
    no_common_profile: "Browser und Server haben keine Verschlüsselung gemeinsam.",
    server_stopped: "Der Server wurde angehalten.",
  },
  trips: (low, high) =>
    `Hin und zurück in der letzten Minute: zwischen ${low} und ${high} Millisekunden`,
  send: "Du sendest",
  hear: "Du hörst",
  rate: "Rate",
  loss: "Verlust",
  jitter: "Schwankung",
  talkers: "Stimmen",
  buffer: "Puffer",
  way: "Weg",
  cipher: "Verschlüsselung",
  copy: "Für eine Fehlermeldung kopieren",
};
