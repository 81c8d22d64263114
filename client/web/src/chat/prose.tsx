// Text with its small Markdown, drawn: always as nodes, never as HTML.

import { Fragment, memo } from "react";
import { type Block, type Inline, parsed } from "./markdown";

interface Props {
  text: string;
  /** Those whose mention is drawn as one. */
  names?: readonly string[];
}

export const Prose = memo(function Prose({ text, names }: Props) {
  return parsed(text, names).map((block, index) => <Fragment key={index}>{drawn(block)}</Fragment>);
});

/** The words alone, for one line of it. */
export function wordsOf(text: string): string {
  const inside = (nodes: Inline[]): string =>
    nodes
      .map((node) => {
        if (typeof node === "string") return node;
        if (node.kind === "code") return node.text;
        return node.kind === "mention" ? `@${node.name}` : inside(node.inside);
      })
      .join("");
  return parsed(text)
    .map((block) => {
      if (block.kind === "code") return block.text;
      return block.kind === "list" ? block.items.map(inside).join(", ") : inside(block.inside);
    })
    .join(" ")
    .replace(/\s+/g, " ");
}

function drawn(block: Block) {
  switch (block.kind) {
    case "prose":
      return <p>{nodes(block.inside)}</p>;
    case "quote":
      return <blockquote>{nodes(block.inside)}</blockquote>;
    case "code":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls is reached by keyboard
        <pre tabIndex={0}>
          <code>{block.text}</code>
        </pre>
      );
    case "list": {
      const items = block.items.map((item, index) => <li key={index}>{nodes(item)}</li>);
      return block.ordered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
  }
}

function nodes(list: Inline[]): React.ReactNode {
  return list.map((node, index) => {
    if (typeof node === "string") return node;
    return <Fragment key={index}>{mark(node)}</Fragment>;
  });
}

function mark(node: Exclude<Inline, string>) {
  switch (node.kind) {
    case "strong":
      return <strong>{nodes(node.inside)}</strong>;
    case "emphasis":
      return <em>{nodes(node.inside)}</em>;
    case "struck":
      return <s>{nodes(node.inside)}</s>;
    case "code":
      return <code>{node.text}</code>;
    case "mention":
      return <span className="mention">@{node.name}</span>;
    case "link":
      return (
        <a href={node.href} title={node.href} target="_blank" rel="noopener noreferrer nofollow">
          {nodes(node.inside)}
        </a>
      );
  }
}
