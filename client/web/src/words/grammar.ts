// How a language counts and lists, by the browser's own knowledge of it. Pure.

export interface Grammar {
  /** "1 person", "2 people". */
  count(count: number, one: string, other: string): string;
  /** "Ana", "Ana and Kai", "Ana, Kai and 3 more". */
  names(list: readonly string[], more: (count: number) => string): string;
}

/** Names before the rest is a number. */
const NAMED = 2;

/**
 * What the browser knows is asked for with the first word that needs it: it is slow to come.
 * @param locale as of BCP 47
 */
export function grammar(locale: string): Grammar {
  const rules = once(() => new Intl.PluralRules(locale));
  const digits = once(() => new Intl.NumberFormat(locale));
  const and = once(() => new Intl.ListFormat(locale, { type: "conjunction" }));
  return {
    count: (count, one, other) =>
      `${digits().format(count)} ${rules().select(count) === "one" ? one : other}`,
    names: (list, more) => {
      const rest = list.length - NAMED;
      return and().format(rest > 0 ? [...list.slice(0, NAMED), more(rest)] : list);
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
