// What the page says about narrowing a search, in German.

import type { Words } from "..";

export const narrow: Words["narrow"] = {
  title: "Welche Nachrichten",
  in: "Wo",
  everywhere: "Überall",
  by: "Von",
  anybody: "Allen",
  when: "Wann",
  spans: { any: "Jederzeit", day: "Letzter Tag", week: "Letzte Woche", month: "Letzter Monat" },
  older: "Ältere Nachrichten",
};
