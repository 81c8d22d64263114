// The arch: a person, a room, a voice. Everything that stands in this house is one.

import type { CSSProperties, ReactNode } from "react";
import type { Avatar } from "../protocol";

/** How an arch looks; see the design's table of states without colour. */
export type ArchState = "speaking" | "muted" | "deaf" | "poor" | "repair" | undefined;

interface Props {
  avatar?: Avatar | undefined;
  name?: string;
  /** Width, px; without it the place decides. */
  size?: number;
  /** `house`: a room seen from outside; `gap`: nobody there. */
  kind?: "house" | "gap";
  state?: ArchState;
  /** In place of the initial. */
  glyph?: ReactNode;
  tag?: ReactNode;
}

/** Made for the first name that needs it: it is slow to come. */
let letters: Intl.Segmenter | undefined;

/** The first letter as people see it, not as it is encoded. */
function initial(name: string): string {
  const plain = /^[!-~](?=[ -~]|$)/.exec(name.trim());
  if (plain) return plain[0].toUpperCase();
  letters ??= new Intl.Segmenter();
  const [first] = letters.segment(name.trim());
  return first?.segment.toLocaleUpperCase() ?? "";
}

export function Arch({ avatar, name = "", size, kind, state, glyph, tag }: Props) {
  const coat = avatar && !kind ? `c${(avatar.coat % 8) + 1}` : "";
  const style = size === undefined ? undefined : ({ "--a": `${size}px` } as CSSProperties);
  const shown = glyph ?? avatar?.emoji ?? initial(name);
  return (
    <span
      className={`arch ${kind ?? ""} ${coat}`}
      style={style}
      data-state={state}
      aria-hidden="true"
    >
      {kind !== "gap" && <span className="fire" />}
      {/* A letter here is a picture: the name stands beside it. */}
      {typeof shown === "string" ? (
        <span className="glyph" data-glyph={shown} />
      ) : (
        <span className="glyph">{shown}</span>
      )}
      {tag && <span className="tag">{tag}</span>}
    </span>
  );
}

/** The sign of the house: an arch with coals. */
export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 24 28" aria-hidden="true">
      <path d="M3 26V13a9 9 0 0 1 18 0v13" />
      <path className="coal" d="M7 26a5 5.6 0 0 1 10 0z" />
      <path d="M1 26h22" />
    </svg>
  );
}
