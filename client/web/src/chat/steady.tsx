// A box that scrolls and keeps what is read where it is, whatever grows, comes or goes around it.
//
// Bottom-anchored: `column-reverse` holds the end without help. Anywhere else, a row that is in
// view is remembered before each change and put back afterwards.

import { Component, createRef, type ReactNode } from "react";

interface Props {
  label: string;
  children: ReactNode;
  /** The last row is the end of the log: there, what comes next is followed. */
  ends: boolean;
  /** Near an edge, more is wanted. */
  onedge: (edge: "top" | "bottom") => void;
  /** Came to the end of what there is, or left it. */
  onend: (atEnd: boolean) => void;
  onKeyDown?: (event: React.KeyboardEvent<HTMLElement>) => void;
}

interface Anchor {
  row: Element;
  top: number;
}

/** From so near an edge on, more is asked for, px. */
const NEAR_PX = 900;
/** So near the end is at the end, px. */
const END_PX = 24;

export class Steady extends Component<Props> {
  readonly #box = createRef<HTMLElement>();
  readonly #inside = createRef<HTMLDivElement>();
  #anchors: Anchor[] = [];
  #atEnd = true;
  #observer: ResizeObserver | undefined;

  override componentDidMount(): void {
    this.#observer = new ResizeObserver(() => this.#restore());
    if (this.#inside.current) this.#observer.observe(this.#inside.current);
    if (this.#box.current) this.#observer.observe(this.#box.current);
    this.#look();
  }

  override componentWillUnmount(): void {
    this.#observer?.disconnect();
  }

  override getSnapshotBeforeUpdate(): null {
    this.#remember();
    return null;
  }

  override componentDidUpdate(): void {
    this.#restore();
    this.#look();
  }

  get element(): HTMLElement | null {
    return this.#box.current;
  }

  /** Brings the end into view. */
  end(): void {
    this.#anchors = [];
    this.#box.current?.scrollTo({ top: 0 });
    this.#look();
  }

  /** Brings a row into the middle and the focus to it. `false`: it is not there. */
  reveal(selector: string): boolean {
    const row = this.#inside.current?.querySelector<HTMLElement>(selector);
    if (!row) return false;
    row.scrollIntoView({ block: "center" });
    row.focus({ preventScroll: true });
    this.#remember();
    return true;
  }

  override render() {
    const { label, children, onKeyDown } = this.props;
    return (
      // Each message that comes is said by a log of its own; history that is paged is not said.
      <section
        className="log"
        role="log"
        aria-live="off"
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls is reached by keyboard
        tabIndex={0}
        ref={this.#box}
        onScroll={this.#scrolled}
        onKeyDown={onKeyDown}
      >
        <div className="log-in" ref={this.#inside}>
          {children}
        </div>
      </section>
    );
  }

  readonly #scrolled = () => {
    this.#remember();
    this.#look();
  };

  #pinned(): boolean {
    return this.props.ends && (this.#box.current?.scrollTop ?? 0) > -2;
  }

  #remember(): void {
    const box = this.#box.current;
    const inside = this.#inside.current;
    if (!box || !inside) return;
    this.#anchors = [];
    if (this.#pinned()) return;
    const { top, bottom } = box.getBoundingClientRect();
    for (const row of inside.children) {
      const place = row.getBoundingClientRect();
      if (place.bottom <= top) continue;
      if (place.top >= bottom) break;
      this.#anchors.push({ row, top: place.top });
    }
  }

  #restore(): void {
    const box = this.#box.current;
    const anchor = this.#anchors.find(({ row }) => row.isConnected);
    if (!box || !anchor) return;
    const moved = anchor.row.getBoundingClientRect().top - anchor.top;
    if (Math.abs(moved) >= 1) box.scrollTop += moved;
  }

  #look(): void {
    const box = this.#box.current;
    if (!box) return;
    const below = -box.scrollTop;
    const above = box.scrollHeight - box.clientHeight - below;
    const atEnd = this.props.ends && below < END_PX;
    if (atEnd !== this.#atEnd) {
      this.#atEnd = atEnd;
      this.props.onend(atEnd);
    }
    if (above < NEAR_PX) this.props.onedge("top");
    if (below < NEAR_PX) this.props.onedge("bottom");
  }
}
