// What the page says about the way of one's voice to the server, in English.

import type { VoiceClosedReason } from "../../protocol";

export const line = {
  title: "Connection",
  label: (verdict: string) => `Connection ${verdict}, details: `,
  good: "good",
  fair: "fair",
  poor: "weak",
  repairing: "repairing",
  lost: "lost",
  joining: "opening",
  sentence: {
    good: (ms: string) => ["Good.", `Voice takes ${ms} to the server and back.`],
    fair: (ms: string) => ["Fair.", `Voice takes ${ms}; a word may be late.`],
    poor: (ms: string) => [
      "Weak.",
      `Voice takes ${ms} and some of it is lost. Move closer to the router.`,
    ],
    repairing: () => ["Repairing.", "A new path is being opened; do nothing."],
    lost: () => ["No voice.", "Nobody hears you right now. We keep trying."],
    joining: () => ["Opening.", "The first path is being opened."],
  },
  closed: {
    closed: "The browser ended it.",
    consent_expired: "Nothing more came from this browser.",
    never_connected: "No path to the server was found. A firewall may block it.",
    handshake_failed: "Browser and server did not agree on the encryption.",
    fingerprint_mismatch: "The encryption was not that of this browser.",
    no_common_profile: "Browser and server have no encryption in common.",
    server_stopped: "The server was stopped.",
  } satisfies Record<VoiceClosedReason, string>,
  trips: (low: number, high: number) =>
    `Round trip in the last minute: between ${low} and ${high} milliseconds`,
  send: "You send",
  hear: "You hear",
  rate: "Rate",
  loss: "Lost",
  jitter: "Jitter",
  talkers: "Voices",
  buffer: "Buffer",
  way: "Way",
  cipher: "Cipher",
  copy: "Copy for a bug report",
};
