// Something that is on or off, and what comes of it.

import { useId } from "react";

interface Props {
  /** What it is, and what it does. */
  text: readonly string[];
  on: boolean;
  disabled?: boolean;
  onset: (on: boolean) => void;
}

export function Toggle({ text: [title, hint], on, disabled, onset }: Props) {
  const id = useId();
  return (
    <label className="switch">
      <span>
        <b>{title}</b>
        <small id={id}>{hint}</small>
      </span>
      <input
        type="checkbox"
        role="switch"
        aria-label={title}
        aria-describedby={id}
        checked={on}
        disabled={disabled}
        onChange={(event) => onset(event.target.checked)}
      />
    </label>
  );
}
