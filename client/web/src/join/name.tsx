// The field for one's name, with the server's rule said before the server has to.

import { words } from "../words";

const NAME = /^[\p{L}\p{M}\p{N} _.-]{2,20}$/u;

export function isName(name: string): boolean {
  return NAME.test(name);
}

interface Props {
  name: string;
  error: string | undefined;
  onchange: (name: string) => void;
}

export function NameField({ name, error, onchange }: Props) {
  return (
    <div className="field">
      <label htmlFor="name">{words.join.name}</label>
      <input
        id="name"
        type="text"
        autoComplete="nickname"
        maxLength={20}
        value={name}
        aria-describedby="name-hint"
        aria-invalid={error ? true : undefined}
        onChange={(event) => onchange(event.target.value)}
      />
      <p className={error ? "err" : "hint"} id="name-hint" aria-live="polite">
        {error || words.join.nameHint}
      </p>
    </div>
  );
}
