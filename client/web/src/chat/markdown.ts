// The small Markdown that messages may have, as a tree: strong, emphasis, struck out, code, links,
// quotes, lists, mentions.
//
// Pure: never makes HTML; what is not understood stays text. The time it takes is bounded: marks
// without an end are looked for once, and nesting has a depth.

export type Inline =
  | string
  | { kind: "strong" | "emphasis" | "struck"; inside: Inline[] }
  | { kind: "code"; text: string }
  | { kind: "link"; href: string; inside: Inline[] }
  | { kind: "mention"; name: string };

export type Block =
  | { kind: "prose" | "quote"; inside: Inline[] }
  | { kind: "code"; text: string }
  | { kind: "list"; ordered: boolean; items: Inline[][] };

/** How deep marks may stand in each other. */
const DEPTH = 6;
const ENDS = {
  "**": "strong",
  __: "strong",
  "~~": "struck",
  "*": "emphasis",
  _: "emphasis",
} as const;
type Mark = keyof typeof ENDS;
const SPECIAL = /[\\`*_~[@]|https?:\/\//giu;
const LETTER = /[\p{L}\p{N}]/u;

/** @param names those who may be mentioned, as they are shown */
export function parsed(text: string, names: readonly string[] = []): Block[] {
  const blocks: Block[] = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; ) {
    const end = fenced(lines, at);
    if (end !== undefined) {
      blocks.push({ kind: "code", text: lines.slice(at + 1, end).join("\n") });
      at = end + 1;
      continue;
    }
    const kind = kindOf(lines[at] ?? "");
    let to = at + 1;
    while (to < lines.length && kindOf(lines[to] ?? "") === kind && !fenced(lines, to)) to += 1;
    blocks.push(...block(kind, lines.slice(at, to), names));
    at = to;
  }
  return blocks;
}

/** Where the code that begins in this line ends. */
function fenced(lines: readonly string[], at: number): number | undefined {
  if (!/^```[\w+-]*$/.test(lines[at] ?? "")) return undefined;
  const end = lines.indexOf("```", at + 1);
  return end > at + 1 ? end : undefined;
}

type LineKind = "prose" | "quote" | "list" | "ordered" | "empty";

function kindOf(line: string): LineKind {
  if (line.trim() === "") return "empty";
  if (/^> ?\S/.test(line)) return "quote";
  if (/^[-*] \S/.test(line)) return "list";
  return /^\d{1,3}[.)] \S/.test(line) ? "ordered" : "prose";
}

function block(kind: LineKind, lines: string[], names: readonly string[]): Block[] {
  switch (kind) {
    case "empty":
      return [];
    case "quote":
      return [
        { kind, inside: inline(lines.map((line) => line.slice(1).trim()).join("\n"), names) },
      ];
    case "list":
    case "ordered": {
      const texts = lines.map((line) => line.slice(line.indexOf(" ") + 1));
      const items = texts.map((text) => inline(text, names));
      return [{ kind: "list", ordered: kind === "ordered", items }];
    }
    case "prose":
      return [{ kind, inside: inline(lines.join("\n"), names) }];
  }
}

function inline(text: string, names: readonly string[]): Inline[] {
  const longestFirst = names.toSorted((a, b) => b.length - a.length);
  return new Line(text, longestFirst).read(0, text.length, 0);
}

/** One text and what is known not to be in it. */
class Line {
  /** Marks that have no end behind this place. */
  readonly #endless = new Map<string, number>();

  constructor(
    private readonly text: string,
    private readonly names: readonly string[],
  ) {}

  read(from: number, to: number, depth: number): Inline[] {
    const nodes: Inline[] = [];
    let plain = from;
    const put = (start: number, end: number, node: Inline) => {
      if (start > plain) nodes.push(this.text.slice(plain, start));
      nodes.push(node);
      plain = end;
    };
    SPECIAL.lastIndex = from;
    for (let at = this.#next(from, to); at < to; ) {
      const found = this.#at(at, to, depth);
      if (found) put(at, found.end, found.node);
      at = this.#next(found ? found.end : at + 1, to);
    }
    if (to > plain) nodes.push(this.text.slice(plain, to));
    return joined(nodes);
  }

  /** The next place where something may begin. */
  #next(from: number, to: number): number {
    SPECIAL.lastIndex = from;
    const found = SPECIAL.exec(this.text);
    return found && found.index < to ? found.index : to;
  }

  #at(at: number, to: number, depth: number): { node: Inline; end: number } | undefined {
    const { text } = this;
    switch (text[at]) {
      case "\\": {
        const escaped = text[at + 1];
        if (at + 1 < to && escaped && /[\\`*_~[\]@>-]/.test(escaped)) {
          return { node: escaped, end: at + 2 };
        }
        return undefined;
      }
      case "`": {
        const ticks = /^`+/.exec(text.slice(at, to))?.[0] ?? "`";
        const end = this.#find(ticks, at + ticks.length, to);
        if (end === undefined) return { node: ticks, end: at + ticks.length };
        const code = text.slice(at + ticks.length, end);
        return { node: { kind: "code", text: code.trim() || code }, end: end + ticks.length };
      }
      case "[":
        return this.#link(at, to, depth);
      case "@":
        return this.#mention(at, to);
      case "h":
      case "H":
        return depth < DEPTH ? this.#address(at, to) : undefined;
      default:
        return depth < DEPTH ? this.#marked(at, to, depth) : undefined;
    }
  }

  #marked(at: number, to: number, depth: number): { node: Inline; end: number } | undefined {
    const { text } = this;
    const twice = text.slice(at, at + 2);
    for (const mark of [twice, text[at] ?? ""] as Mark[]) {
      if (!Object.hasOwn(ENDS, mark)) continue;
      const start = at + mark.length;
      if (start >= to || /\s/.test(text[start] ?? "")) continue;
      // Names_like_this and 2*3*4 are no emphasis.
      if (LETTER.test(text[at - 1] ?? "") && mark !== "**" && mark !== "~~") continue;
      const end = this.#end(mark, start, to);
      if (end === undefined) continue;
      const inside = this.read(start, end, depth + 1);
      return { node: { kind: ENDS[mark], inside }, end: end + mark.length };
    }
    return undefined;
  }

  /** Where a mark ends: behind something, and before no letter if it is a single one. */
  #end(mark: Mark, from: number, to: number): number | undefined {
    const key = `end of ${mark}`;
    if (from >= (this.#endless.get(key) ?? Number.POSITIVE_INFINITY)) return undefined;
    const { text } = this;
    let end = text.indexOf(mark, from + 1);
    while (end >= 0) {
      const doubled = mark.length === 1 && (text[end + 1] === mark || text[end - 1] === mark);
      const inWord = mark !== "**" && mark !== "~~" && LETTER.test(text[end + mark.length] ?? "");
      if (!/\s/.test(text[end - 1] ?? "") && !doubled && !inWord) break;
      end = text.indexOf(mark, end + 1);
    }
    if (end < 0) this.#endless.set(key, from);
    return end >= 0 && end + mark.length <= to ? end : undefined;
  }

  #find(what: string, from: number, to: number): number | undefined {
    if (from >= (this.#endless.get(what) ?? Number.POSITIVE_INFINITY)) return undefined;
    const at = this.text.indexOf(what, from);
    if (at < 0) this.#endless.set(what, from);
    return at >= 0 && at + what.length <= to ? at : undefined;
  }

  /** `[words](https://…)` */
  #link(at: number, to: number, depth: number): { node: Inline; end: number } | undefined {
    const middle = this.#find("](", at + 1, to);
    const end = middle && this.#find(")", middle + 2, to);
    if (depth >= DEPTH || middle === undefined || end === undefined || middle === at + 1) {
      return undefined;
    }
    const shown = this.text.slice(at + 1, middle);
    const href = safe(this.text.slice(middle + 2, end));
    // Words that look like an address of their own would lead astray.
    if (!href || shown.includes("://")) return undefined;
    // A link in a link would be two ways at once.
    return {
      node: { kind: "link", href, inside: this.read(at + 1, middle, DEPTH) },
      end: end + 1,
    };
  }

  #address(at: number, to: number): { node: Inline; end: number } | undefined {
    if (LETTER.test(this.text[at - 1] ?? "")) return undefined;
    const found = /^https?:\/\/[^\s<>"`[\]]+/i.exec(this.text.slice(at, to))?.[0] ?? "";
    const shown = withoutTail(found);
    const href = safe(shown);
    return href
      ? { node: { kind: "link", href, inside: [shown] }, end: at + shown.length }
      : undefined;
  }

  #mention(at: number, to: number): { node: Inline; end: number } | undefined {
    if (LETTER.test(this.text[at - 1] ?? "")) return undefined;
    const name = this.names.find((name) => named(this.text, at + 1, name));
    const end = at + 1 + (name?.length ?? 0);
    if (name === undefined || end > to) return undefined;
    return { node: { kind: "mention", name: this.text.slice(at + 1, end) }, end };
  }
}

/** Whether a name stands here, whole. */
export function named(text: string, at: number, name: string): boolean {
  const here = text.slice(at, at + name.length);
  if (here.toLocaleLowerCase() !== name.toLocaleLowerCase()) return false;
  return !LETTER.test(text[at + name.length] ?? "");
}

/** An address without the punctuation of the sentence that it ends. */
function withoutTail(address: string): string {
  let end = address.length;
  for (; end > 0; end -= 1) {
    const last = address[end - 1] ?? "";
    const kept = address.slice(0, end);
    const opened = kept.split("(").length;
    const closed = kept.split(")").length;
    if (last === ")" ? closed > opened : /[.,;:!?'*_~]/.test(last)) continue;
    break;
  }
  return address.slice(0, end);
}

/** The address, if it leads to a page and nowhere else. */
function safe(address: string): string | undefined {
  const url = URL.parse(address);
  return url && /^https?:$/.test(url.protocol) && url.hostname ? url.href : undefined;
}

function joined(nodes: Inline[]): Inline[] {
  const whole: Inline[] = [];
  for (const node of nodes) {
    const last = whole.at(-1);
    if (typeof node === "string" && typeof last === "string") whole[whole.length - 1] = last + node;
    else whole.push(node);
  }
  return whole;
}
