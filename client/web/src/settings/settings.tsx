// Settings, in the place of the room; the dock stays.

import { Headphones, X } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import type { Hearth } from "../engine/hearth";
import { call, devices, type SettingsState, settings } from "../engine/stores";
import { face } from "../face";
import { SpeakerChoice } from "../join/devices";
import { MicrophoneNotice, troubleOf } from "../join/trouble";
import { DeviceChoice } from "../look/choice";
import { Meter } from "../look/meter";
import { words } from "../words";

type Section = keyof typeof words.settings.sections;
const SECTIONS = Object.keys(words.settings.sections) as Section[];

export function Settings({ hearth }: { hearth: Hearth }) {
  const [section, setSection] = useState<Section>("sound");
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const close = () => face.setState({ settings: false });
  return (
    <main className="floor" id="main">
      <section className="settings" aria-labelledby="set-h">
        <header className="set-head">
          <h1 id="set-h" ref={heading} tabIndex={-1}>
            {words.settings.title}
          </h1>
          <button
            className="icon-btn"
            type="button"
            aria-label={words.settings.close}
            onClick={close}
          >
            <X />
          </button>
        </header>
        <nav className="set-nav" aria-label={words.settings.title}>
          {SECTIONS.map((name) => (
            <button
              key={name}
              type="button"
              aria-current={name === section ? "page" : undefined}
              onClick={() => setSection(name)}
            >
              {words.settings.sections[name]}
            </button>
          ))}
        </nav>
        <section className="set-body" aria-label={words.settings.sections[section]}>
          {section === "sound" && <Sound hearth={hearth} />}
          {section === "look" && <Look />}
          {section === "keys" && <Keys />}
        </section>
      </section>
    </main>
  );
}

function Sound({ hearth }: { hearth: Hearth }) {
  const { microphones, microphone } = useStore(devices);
  const { microphone: chosen } = useStore(settings);
  const speaks = useStore(call, (state) => state.speaks && state.phase !== "none");
  const trouble = troubleOf(microphone);
  const set = (change: Partial<SettingsState>) => {
    settings.setState(change);
    if (hearth.microphone.track) void hearth.microphone.open();
  };
  return (
    <>
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
              onchoose={(id) => set({ microphone: id })}
            />
            <Meter tall />
          </>
        )}
        <Switch name="noiseSuppression" text={words.settings.noise} onset={set} />
        <Switch name="echoCancellation" text={words.settings.echo} onset={set} />
        <Switch name="gainControl" text={words.settings.gain} onset={set} />
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
      </div>
    </>
  );
}

interface SwitchProps {
  name: "noiseSuppression" | "echoCancellation" | "gainControl";
  text: readonly string[];
  onset: (change: Partial<SettingsState>) => void;
}

function Switch({ name, text: [title, hint], onset }: SwitchProps) {
  const on = useStore(settings, (state) => state[name]);
  return (
    <label className="switch">
      <span>
        <b>{title}</b>
        <small id={`${name}-hint`}>{hint}</small>
      </span>
      <input
        type="checkbox"
        role="switch"
        aria-label={title}
        aria-describedby={`${name}-hint`}
        checked={on}
        onChange={(event) => onset({ [name]: event.target.checked })}
      />
    </label>
  );
}

const LIGHTS = Object.keys(words.settings.lights) as SettingsState["light"][];

function Look() {
  const light = useStore(settings, (state) => state.light);
  return (
    <div className="set-g">
      <h2>{words.settings.sections.look}</h2>
      <fieldset className="seg">
        <legend>{words.settings.light}</legend>
        {LIGHTS.map((name) => (
          <label key={name}>
            <input
              type="radio"
              name="light"
              checked={light === name}
              onChange={() => settings.setState({ light: name })}
            />
            <span>{words.settings.lights[name]}</span>
          </label>
        ))}
      </fieldset>
      <p className="hint">{words.settings.lightHint}</p>
    </div>
  );
}

function Keys(): ReactNode {
  return (
    <div className="set-g">
      <h2>{words.settings.sections.keys}</h2>
      <dl className="keys">
        {words.settings.keys.map(([key, does]) => (
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
