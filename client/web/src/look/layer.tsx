// A layer over the page: takes the focus in, gives it back, closes on Esc and on a press beside it.

import { X } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { words } from "../words";

interface Props {
  className: string;
  /** The accessible name: the text of the heading that `children` gets the id of. */
  children: (headingId: string) => ReactNode;
  onclose: () => void;
  /** What it belongs to: it opens beside it where there is room. */
  anchor?: DOMRect | undefined;
}

const GAP_PX = 12;

export function Layer({ className, children, onclose, anchor }: Props) {
  const layer = useRef<HTMLDialogElement>(null);
  const headingId = useId();
  useEffect(() => {
    const element = layer.current;
    if (!element) return;
    element.showModal();
    element.querySelector<HTMLElement>("[data-first]")?.focus();
    // Closing gives the focus back to where it was.
    return () => element.close();
  }, []);
  useEffect(() => {
    const element = layer.current;
    if (!element || !anchor) return;
    const place = () => {
      const { offsetWidth: width, offsetHeight: height } = element;
      const left = Math.min(anchor.left, innerWidth - width - GAP_PX);
      const top = Math.min(anchor.bottom + GAP_PX, innerHeight - height - GAP_PX);
      element.style.setProperty("--left", `${Math.max(GAP_PX, left)}px`);
      element.style.setProperty("--top", `${Math.max(GAP_PX, top)}px`);
    };
    place();
    // What unfolds in it stays in view.
    const grown = new ResizeObserver(place);
    grown.observe(element);
    addEventListener("resize", place);
    return () => {
      grown.disconnect();
      removeEventListener("resize", place);
    };
  }, [anchor]);
  return (
    // The press beside a layer is a convenience of the pointer; Esc and Close do the same.
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    <dialog
      ref={layer}
      className={`pop ${className}`}
      aria-labelledby={headingId}
      onCancel={(event) => {
        event.preventDefault();
        onclose();
      }}
      onClick={(event) => {
        if (event.target === layer.current) onclose();
      }}
    >
      <div className="pop-in">{children(headingId)}</div>
    </dialog>
  );
}

export function CloseButton({ onclose, small }: { onclose: () => void; small?: boolean }) {
  return (
    <button
      className={`icon-btn ${small ? "small" : ""}`}
      type="button"
      aria-label={words.close}
      onClick={onclose}
    >
      <X />
    </button>
  );
}
