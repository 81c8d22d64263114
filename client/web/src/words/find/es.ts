// What the page says about narrowing a search, in Spanish.

import type { Words } from "..";

export const narrow: Words["narrow"] = {
  title: "Qué mensajes",
  in: "Dónde",
  everywhere: "En todas partes",
  by: "De",
  anybody: "Cualquiera",
  when: "Cuándo",
  spans: {
    any: "En cualquier momento",
    day: "Último día",
    week: "Última semana",
    month: "Último mes",
  },
  older: "Mensajes anteriores",
};
