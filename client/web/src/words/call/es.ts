// What the page says about calls, in Spanish.

import type { Words } from "..";

export const call: Words["call"] = {
  start: "Llamar",
  bar: (name) => `Llamada con ${name}`,
  coming: (name) => `${name} te llama`,
  hold: (room) => `Si contestas, sales de ${room}.`,
  plain: "Si contestas, habláis a solas y nadie más os oye.",
  left: (seconds) => `quedan ${seconds} s`,
  answer: "Contestar",
  decline: "Rechazar",
  asking: (name) => `Llamando a ${name}`,
  askingHint: "Está sonando al otro lado.",
  takeBack: "Cancelar la llamada",
  opening: (name) => `Abriendo la línea con ${name}`,
  talking: (name) => `Hablando con ${name}`,
  away: (room) => `En ${room} no oyes ni envías nada.`,
  alone: "Nadie más lo oye.",
  muted: (name) => `Estás en silencio. ${name} no oye nada.`,
  hangUp: "Colgar",
  again: "Volver a llamar",
  back: "Devolver la llamada",
  backTo: (room) => `Volver a ${room}`,
  length: "Duración de la llamada",
  how: {
    declined: (name) => `${name} no puede hablar ahora.`,
    unanswered: (name) => `${name} no ha contestado; verá la llamada perdida.`,
    offline: (name) => `${name} no está; verá la llamada perdida.`,
    busy: (name) => `${name} está en otra llamada; verá la llamada perdida.`,
    elsewhere: (name) =>
      `${name} está en otro nodo de este servidor, fuera del alcance; verá la llamada perdida.`,
    refused: (name) => `No se ha podido llamar a ${name}. Inténtalo en un momento.`,
    missed: (name) => `Tienes una llamada perdida de ${name}.`,
    over: (name, length) => `La llamada con ${name} ha terminado, tras ${length}.`,
    cut: (name) => `La llamada con ${name} se ha cortado.`,
  },
  sounds: ["Las llamadas suenan", "Si no, solo se muestran y se anuncian."],
};
