// What the page says about voice messages, in Spanish.

import type { Words } from "..";

export const sound: Words["sound"] = {
  title: "Mensaje de voz",
  record: "Grabar un mensaje de voz",
  recording: "Grabación de un mensaje de voz",
  now: "Grabando",
  paused: "En pausa",
  most: "de como mucho",
  discard: "Descartar",
  discardLabel: "Descartar la grabación",
  pause: "Pausar la grabación",
  resume: "Seguir grabando",
  listen: "Escuchar antes",
  send: "Enviar el mensaje de voz",
  sending: "Enviando",
  again: "Otra vez",
  offline: "El servidor no responde. Tu grabación se conserva.",
  refused: "El servidor no admite esta grabación.",
  fresh: "sin oír",
  play: "Reproducir el mensaje de voz",
  stop: "Pausar el mensaje de voz",
  position: "Posición",
  failed: "Ahora no se puede reproducir.",
  length: (seconds) => `${seconds} segundos`,
  at: (seconds, all) => `${seconds} de ${all} segundos`,
  speed: (speed) => `Velocidad ${speed}. Cambiar`,
  gain: (gain) => `Más alto: ${gain} veces. Cambiar`,
};
