// What the page says about the way of one's voice to the server, in Spanish.

import type { Words } from "..";

export const line: Words["line"] = {
  title: "Conexión",
  label: (verdict) => `Conexión ${verdict}, detalles: `,
  good: "buena",
  fair: "regular",
  poor: "débil",
  repairing: "en reparación",
  lost: "perdida",
  joining: "abriéndose",
  sentence: {
    good: (ms) => ["Buena.", `La voz tarda ${ms} en ir al servidor y volver.`],
    fair: (ms) => ["Regular.", `La voz tarda ${ms}; alguna palabra puede llegar tarde.`],
    poor: (ms) => ["Débil.", `La voz tarda ${ms} y una parte se pierde. Acércate al rúter.`],
    repairing: () => ["En reparación.", "Se abre un camino nuevo; no hagas nada."],
    lost: () => ["Sin voz.", "Ahora no te oye nadie. Seguimos intentándolo."],
    joining: () => ["Abriéndose.", "Se abre el primer camino."],
  },
  closed: {
    closed: "La cerró el navegador.",
    consent_expired: "De este navegador ya no llegó nada.",
    never_connected: "No se encontró un camino al servidor. Puede que lo bloquee un cortafuegos.",
    handshake_failed: "Navegador y servidor no acordaron el cifrado.",
    fingerprint_mismatch: "El cifrado no era el de este navegador.",
    no_common_profile: "Navegador y servidor no tienen ningún cifrado en común.",
    server_stopped: "El servidor se detuvo.",
  },
  trips: (low, high) => `Ida y vuelta en el último minuto: entre ${low} y ${high} milisegundos`,
  send: "Envías",
  hear: "Oyes",
  rate: "Caudal",
  loss: "Perdido",
  jitter: "Fluctuación",
  talkers: "Voces",
  buffer: "Búfer",
  way: "Camino",
  cipher: "Cifrado",
  copy: "Copiar para un informe de error",
};
