// How a language counts and lists, by the browser's own knowledge of it. Pure.

export interface Grammar {
  /** "1 person", "2 people". */
  count(count: number, one: string, other: string): string;
  /** "Ana", "Ana and Kai", "Ana, Kai and 3 more". */
  names(list: readonly string[], more: (count: number) => string): string;
}

/** Names before the rest is a number. */
const NAMED = 2;

/** @param locale as of BCP 47 */
export function grammar(locale: string): Grammar {
  const rules = new Intl.PluralRules(locale);
  const digits = new Intl.NumberFormat(locale);
  const and = new Intl.ListFormat(locale, { type: "conjunction" });
  return {
    count: (count, one, other) =>
      `${digits.format(count)} ${rules.select(count) === "one" ? one : other}`,
    names: (list, more) =>
      and.format(list.length > NAMED ? [...list.slice(0, NAMED), more(list.length - NAMED)] : list),
  };
}
