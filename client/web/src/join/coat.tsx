// How one is drawn: a coat, and an emoji in place of the initial.

import { Arch } from "../look/arch";
import type { Avatar } from "../protocol";
import { words } from "../words";
import { oneEmoji } from "./emoji";

interface Props {
  name: string;
  avatar: Avatar;
  onchange: (avatar: Avatar) => void;
}

const COATS = [0, 1, 2, 3, 4, 5, 6, 7];

export function CoatChoice({ name, avatar, onchange }: Props) {
  const plain = { coat: avatar.coat };
  return (
    <div className="coats">
      <fieldset className="coat-row">
        <legend>{words.join.coat}</legend>
        {COATS.map((coat) => (
          <label key={coat}>
            <input
              type="radio"
              name="coat"
              aria-label={words.join.coatOf(coat + 1)}
              checked={avatar.coat === coat}
              onChange={() => onchange({ ...avatar, coat })}
            />
            <Arch avatar={{ ...avatar, coat }} name={name || "?"} size={34} />
          </label>
        ))}
      </fieldset>
      <div className="field emoji">
        <label htmlFor="emoji">{words.join.emoji}</label>
        <input
          id="emoji"
          type="text"
          autoComplete="off"
          value={avatar.emoji ?? ""}
          onChange={(event) => {
            const emoji = oneEmoji(event.target.value);
            onchange(emoji ? { ...plain, emoji } : plain);
          }}
        />
      </div>
    </div>
  );
}
