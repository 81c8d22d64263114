// Settings, in the place of the room; the dock stays.

import { X } from "lucide-react";
import { useEffect, useRef } from "react";
import { CallBar } from "../direct/call-bar";
import type { Hearth } from "../engine/hearth";
import { face, type SettingsSection } from "../face";
import { Banners } from "../voice/banners";
import { words } from "../words";
import { Keys } from "./keys";
import { Look } from "./look";
import { MicrophoneSettings } from "./microphone";
import { SpeakerSettings } from "./speaker";
import { You } from "./you";

interface Props {
  hearth: Hearth;
  section: SettingsSection;
}

export function Settings({ hearth, section }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const close = () => face.setState({ settings: undefined });
  return (
    <main className="floor" id="main">
      <Banners hearth={hearth} />
      <CallBar hearth={hearth} />
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
          {(Object.keys(words.settings.sections) as SettingsSection[]).map((name) => (
            <button
              key={name}
              type="button"
              aria-current={name === section ? "page" : undefined}
              onClick={() => face.setState({ settings: name })}
            >
              {words.settings.sections[name]}
            </button>
          ))}
        </nav>
        <section className="set-body" aria-label={words.settings.sections[section]}>
          {section === "sound" && (
            <>
              <MicrophoneSettings hearth={hearth} />
              <SpeakerSettings hearth={hearth} />
            </>
          )}
          {section === "you" && <You hearth={hearth} />}
          {section === "look" && <Look />}
          {section === "keys" && <Keys />}
        </section>
      </section>
    </main>
  );
}
