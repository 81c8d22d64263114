// What the page says about narrowing a search, in English.

export const narrow = {
  title: "Which messages",
  in: "In",
  everywhere: "Everywhere",
  by: "By",
  anybody: "Anybody",
  when: "When",
  spans: { any: "Any time", day: "Last day", week: "Last week", month: "Last month" },
  older: "Older messages",
};
