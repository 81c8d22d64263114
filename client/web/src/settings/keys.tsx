// The keys that work everywhere.

import { useStore } from "zustand";
import { settings } from "../engine/stores";
import { keyName } from "../voice/keys";
import { words } from "../words";

export function Keys() {
  const { pushToTalk, pushKey } = useStore(settings);
  const keys = [...words.settings.keys];
  if (pushToTalk) keys.unshift([keyName(pushKey), words.settings.hold]);
  return (
    <div className="set-g">
      <h2>{words.settings.sections.keys}</h2>
      <dl className="keys">
        {keys.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
