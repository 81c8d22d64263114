// What is heard: which speaker, and the sounds of the house.

import { Headphones } from "lucide-react";
import type { Hearth } from "../engine/hearth";
import { SpeakerChoice } from "../join/devices";
import { words } from "../words";
import { Notices } from "./notices";
import { Switch } from "./switch";

export function SpeakerSettings({ hearth }: { hearth: Hearth }) {
  return (
    <div className="set-g">
      <h2>{words.join.speaker}</h2>
      <SpeakerChoice hearth={hearth} label={words.settings.device} />
      <div className="notice info small">
        <Headphones />
        <div>
          <p>
            <b>{words.settings.bluetooth[0]}</b> {words.settings.bluetooth[1]}
          </p>
        </div>
      </div>
      <Switch name="sounds" text={words.settings.sounds} />
      <Switch name="rings" text={words.call.sounds} />
      <Notices />
    </div>
  );
}
