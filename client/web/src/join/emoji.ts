// What counts as one emoji.

/** The server's bound for an icon, bytes. */
const MAX_BYTES = 32;

/** The last emoji in a text, so that typing another replaces the one before. */
export function oneEmoji(text: string): string | undefined {
  const symbols = [...new Intl.Segmenter().segment(text.trim())].map(({ segment }) => segment);
  const emoji = symbols.findLast((symbol) => /\p{Extended_Pictographic}|\p{RI}/u.test(symbol));
  return emoji && new TextEncoder().encode(emoji).length <= MAX_BYTES ? emoji : undefined;
}
