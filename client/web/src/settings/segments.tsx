// One of a few words.

import { useId } from "react";

interface Props<T extends string> {
  legend: string;
  choices: Readonly<Record<T, string>>;
  chosen: T;
  onchoose: (choice: T) => void;
}

export function Segments<T extends string>({ legend, choices, chosen, onchoose }: Props<T>) {
  const group = useId();
  return (
    <fieldset className="seg">
      <legend>{legend}</legend>
      {(Object.keys(choices) as T[]).map((choice) => (
        <label key={choice}>
          <input
            type="radio"
            name={group}
            checked={choice === chosen}
            onChange={() => onchoose(choice)}
          />
          <span>{choices[choice]}</span>
        </label>
      ))}
    </fieldset>
  );
}
