// The own microphone: which one, what is done to its sound, and when it is sent.

import { Headphones } from "lucide-react";
import { useStore } from "zustand";
import type { Hearth } from "../engine/hearth";
import { call, devices, settings } from "../engine/stores";
import { MicrophoneNotice, troubleOf } from "../join/trouble";
import { DeviceChoice } from "../look/choice";
import { words } from "../words";
import { Gate } from "./gate";
import { PushKey } from "./push-key";
import { Segments } from "./segments";
import { Switch } from "./switch";

export function MicrophoneSettings({ hearth }: { hearth: Hearth }) {
  const { microphones, microphone } = useStore(devices);
  const { microphone: chosen, noise, music, pushToTalk } = useStore(settings);
  const speaks = useStore(call, (state) => state.speaks && state.phase !== "none");
  const trouble = troubleOf(microphone);
  const change = () => void hearth.microphone.change();
  return (
    <div className="set-g">
      <h2>{words.join.microphone}</h2>
      {trouble ? (
        <MicrophoneNotice trouble={trouble} />
      ) : (
        <>
          <DeviceChoice
            label={words.settings.device}
            devices={microphones}
            chosen={chosen}
            onchoose={(id) => {
              settings.setState({ microphone: id });
              change();
            }}
          />
          {music === "off" && <Gate hearth={hearth} />}
        </>
      )}
      {music === "off" && (
        <>
          <div>
            <Segments
              legend={words.settings.noise}
              choices={words.settings.noises}
              chosen={noise}
              onchoose={(noise) => {
                settings.setState({ noise });
                change();
              }}
            />
            <p className="hint">{words.settings.noiseHint[noise]}</p>
          </div>
          <Switch name="echoCancellation" text={words.settings.echo} onchange={change} />
          <Switch name="gainControl" text={words.settings.gain} onchange={change} />
        </>
      )}
      <div>
        <Segments
          legend={words.settings.music}
          choices={words.settings.musics}
          chosen={music}
          onchoose={(music) => {
            settings.setState({ music });
            change();
          }}
        />
        <p className="hint">{words.settings.musicHint[music === "off" ? "off" : "on"]}</p>
      </div>
      <Switch name="pushToTalk" text={words.settings.push} />
      {pushToTalk && <PushKey />}
      {speaks && (
        <div>
          <button className="btn quiet" type="button" onClick={() => void hearth.talk(false)}>
            <Headphones />
            {words.settings.stop}
          </button>
          <p className="hint">{words.settings.stopHint}</p>
        </div>
      )}
    </div>
  );
}
