// Who may be meant by what is typed behind an @.

import { Arch } from "../look/arch";
import { words } from "../words";
import type { Known } from "./names";

interface Props {
  id: string;
  list: readonly Known[];
  chosen: number;
  onchoose: (somebody: Known) => void;
}

export function Candidates({ id, list, chosen, onchoose }: Props) {
  return (
    <div className="candidates" id={id} role="listbox" aria-label={words.chat.mention}>
      {list.map((somebody, index) => (
        // The keys belong to the field, which names the chosen one.
        // biome-ignore lint/a11y/useKeyWithClickEvents: see above
        // biome-ignore lint/a11y/useFocusableInteractive: see above
        <div
          key={somebody.identity}
          role="option"
          id={`${id}-${index}`}
          aria-selected={index === chosen}
          // The focus stays in the field.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onchoose(somebody)}
        >
          <Arch avatar={somebody.avatar} name={somebody.name} size={24} />
          {somebody.name}
        </div>
      ))}
    </div>
  );
}
