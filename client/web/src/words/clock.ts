// Times and days as the language that is spoken says them. Pure but for which language that is.

/** The reader's own kind of the language that is spoken: "en-GB" rather than "en". */
function locale(): string {
  const language = document.documentElement.lang || "en";
  return navigator.languages.find((tag) => tag.startsWith(language)) ?? language;
}

const made = new Map<string, Intl.DateTimeFormat>();

function format(kind: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale()} ${kind}`;
  const known = made.get(key) ?? new Intl.DateTimeFormat(locale(), options);
  made.set(key, known);
  return known;
}

/** "14:02", "2:02 PM" */
export function timeOf(at_ms: number): string {
  return clock().format(at_ms);
}

/** The same without "PM", where there is little room. */
export function briefOf(at_ms: number): string {
  const parts = clock().formatToParts(at_ms);
  return parts
    .map(({ type, value }) => (type === "dayPeriod" ? "" : value))
    .join("")
    .trim();
}

function clock(): Intl.DateTimeFormat {
  return format("time", { hour: "numeric", minute: "2-digit" });
}

/** "Today", "Yesterday", "Tuesday 17 November", with the year where it is another one. */
export function dayOf(at_ms: number, now = Date.now()): string {
  const days = Math.round((midnight(at_ms) - midnight(now)) / 86_400_000);
  if (days === 0 || days === -1) {
    return capital(new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(days, "day"));
  }
  const sameYear = new Date(at_ms).getFullYear() === new Date(now).getFullYear();
  const parts = { weekday: "long", day: "numeric", month: "long" } as const;
  return sameYear
    ? capital(format("day", parts).format(at_ms))
    : capital(format("date", { ...parts, year: "numeric" }).format(at_ms));
}

/** Where a day is too much: today the time, else the date. */
export function shortOf(at_ms: number, now = Date.now()): string {
  if (midnight(at_ms) === midnight(now)) return timeOf(at_ms);
  return format("short", { day: "numeric", month: "short" }).format(at_ms);
}

/** "0:09", "12:40" */
export function lengthOf(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function midnight(at_ms: number): number {
  return new Date(at_ms).setHours(0, 0, 0, 0);
}

function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
