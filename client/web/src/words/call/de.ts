// What the page says about calls, in German.

import type { Words } from "..";

export const call: Words["call"] = {
  start: "Anrufen",
  bar: (name) => `Anruf mit ${name}`,
  coming: (name) => `${name} ruft an`,
  hold: (room) => `Wenn du annimmst, verlässt du ${room}.`,
  plain: "Wenn du annimmst, sprecht ihr zu zweit, und sonst hört es niemand.",
  left: (seconds) => `noch ${seconds} s`,
  answer: "Annehmen",
  decline: "Ablehnen",
  asking: (name) => `Anruf bei ${name}`,
  askingHint: "Drüben klingelt es.",
  takeBack: "Anruf abbrechen",
  opening: (name) => `Die Leitung zu ${name} geht auf`,
  talking: (name) => `Im Gespräch mit ${name}`,
  away: (room) => `In ${room} hörst und sendest du nichts.`,
  alone: "Sonst hört es niemand.",
  muted: (name) => `Du bist stumm. ${name} hört nichts.`,
  hangUp: "Auflegen",
  again: "Noch einmal anrufen",
  back: "Zurückrufen",
  backTo: (room) => `Zurück zu ${room}`,
  length: "Dauer des Anrufs",
  how: {
    declined: (name) => `${name} kann gerade nicht sprechen.`,
    unanswered: (name) => `${name} hat nicht abgenommen und findet den Anruf später.`,
    offline: (name) => `${name} ist nicht da und findet den Anruf später.`,
    busy: (name) => `${name} spricht gerade und findet den Anruf später.`,
    elsewhere: (name) =>
      `${name} ist auf einem anderen Knoten dieses Servers, außer Hörweite, und findet den Anruf später.`,
    refused: (name) => `${name} war nicht zu erreichen. Versuch es gleich noch einmal.`,
    missed: (name) => `Du hast einen Anruf von ${name} verpasst.`,
    over: (name, length) => `Der Anruf mit ${name} ist nach ${length} beendet.`,
    cut: (name) => `Der Anruf mit ${name} ist abgerissen.`,
  },
  sounds: ["Anrufe klingeln", "Sonst werden sie nur gezeigt und angesagt."],
};
