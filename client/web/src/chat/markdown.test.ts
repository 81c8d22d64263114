// The small Markdown: what it understands, what it leaves alone, and that it never takes long.

import { expect, test } from "vitest";
import { type Block, type Inline, parsed } from "./markdown";

/** The tree as a line, easy to compare. */
function shown(nodes: Inline[]): string {
  return nodes
    .map((node) => {
      if (typeof node === "string") return node;
      if (node.kind === "code") return `<code>${node.text}</code>`;
      if (node.kind === "mention") return `<at>${node.name}</at>`;
      if (node.kind === "link") return `<a ${node.href}>${shown(node.inside)}</a>`;
      return `<${node.kind}>${shown(node.inside)}</${node.kind}>`;
    })
    .join("");
}

function line(text: string, names?: string[]): string {
  const [only, ...rest] = parsed(text, names);
  expect(rest).toEqual([]);
  return only && only.kind !== "code" && only.kind !== "list" ? shown(only.inside) : "";
}

test.each([
  ["**Headphones, please**, now", "<strong>Headphones, please</strong>, now"],
  [
    "*a* _b_ ~~c~~ `d*e*`",
    "<emphasis>a</emphasis> <emphasis>b</emphasis> <struck>c</struck> <code>d*e*</code>",
  ],
  ["**a *b* c**", "<strong>a <emphasis>b</emphasis> c</strong>"],
  ["``a`b``", "<code>a`b</code>"],
  ["\\*not\\* this", "*not* this"],
  ["2*3*4 and snake_case_name", "2*3*4 and snake_case_name"],
  ["a ** b ** c", "a ** b ** c"],
  ["**", "**"],
  ["**open", "**open"],
  ["*a **b*", "<emphasis>a **b</emphasis>"],
  ["<b>bold</b> &amp;", "<b>bold</b> &amp;"],
])("%s", (text, expected) => {
  expect(line(text)).toBe(expected);
});

test.each([
  [
    "see https://example.org/a_b_c.",
    "see <a https://example.org/a_b_c>https://example.org/a_b_c</a>.",
  ],
  [
    "(https://en.wikipedia.org/wiki/Arch_(door))",
    "(<a https://en.wikipedia.org/wiki/Arch_(door)>https://en.wikipedia.org/wiki/Arch_(door)</a>)",
  ],
  ["[the notes](https://example.org/x)", "<a https://example.org/x>the notes</a>"],
  ["[x](javascript:alert(1))", "[x](javascript:alert(1))"],
  ["[x](data:text/html,y)", "[x](data:text/html,y)"],
  [
    "[https://good.org/](https://bad.org/)",
    "[<a https://good.org/>https://good.org/</a>](<a https://bad.org/>https://bad.org/</a>)",
  ],
  ["xhttps://example.org", "xhttps://example.org"],
])("links: %s", (text, expected) => {
  expect(line(text)).toBe(expected);
});

test("mentions are whole names, the longest first", () => {
  const names = ["Ana", "Ana Maria", "Лев"];
  expect(line("@ana maria, @ANA and @Лев!", names)).toBe(
    "<at>ana maria</at>, <at>ANA</at> and <at>Лев</at>!",
  );
  expect(line("@Anabel and me@Ana.org", names)).toBe("@Anabel and me@Ana.org");
});

test("blocks: code, quotes, lists, and lines in between", () => {
  const text = "one\ntwo\n\n> said\n> so\n- a\n- **b**\n1. c\n```rust\nlet x = *y*;\n\n```\nend";
  expect(parsed(text)).toEqual([
    { kind: "prose", inside: ["one\ntwo"] },
    { kind: "quote", inside: ["said\nso"] },
    { kind: "list", ordered: false, items: [["a"], [{ kind: "strong", inside: ["b"] }]] },
    { kind: "list", ordered: true, items: [["c"]] },
    { kind: "code", text: "let x = *y*;\n" },
    { kind: "prose", inside: ["end"] },
  ] satisfies Block[]);
  expect(parsed("```\nnever closed")).toEqual([{ kind: "prose", inside: ["```\nnever closed"] }]);
});

test("the worst that 4,000 characters can be comes to an end, with nothing lost", () => {
  const worst = [
    "*",
    "**a",
    "_a ",
    "[",
    "[a](",
    "`",
    "``a`",
    "~~",
    "@",
    "*a_b",
    "\\",
    "> ",
    "h(",
    "https://(",
  ];
  for (const part of worst) {
    const text = part.repeat(Math.floor(4_000 / part.length));
    const letters = JSON.stringify(parsed(text, ["Ana"])).match(/a/g)?.length ?? 0;
    expect(letters).toBeGreaterThanOrEqual(text.match(/a/g)?.length ?? 0);
  }
});
