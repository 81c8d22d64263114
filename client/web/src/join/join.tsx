// The door: a name, a coat, a microphone that answers, and in.

import { RotateCw } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useStore } from "zustand";
import type { Hearth } from "../engine/hearth";
import { devices, session, settings } from "../engine/stores";
import { Logo } from "../look/arch";
import { Why } from "../look/refusal";
import { words } from "../words";
import { CoatChoice } from "./coat";
import { Devices } from "./devices";
import { Lede } from "./lede";
import { isName, NameField } from "./name";
import { JoinScene } from "./scene";
import { MicrophoneNotice, troubleOf } from "./trouble";

export function Join({ hearth, destination }: { hearth: Hearth; destination: string | undefined }) {
  const { phase, trouble, second } = useStore(session);
  const { microphone } = useStore(devices);
  const kept = useStore(settings);
  const [name, setName] = useState(kept.name);
  const [avatar, setAvatar] = useState(kept.avatar);
  const [invalid, setInvalid] = useState(false);
  const [pressed, setPressed] = useState<"talk" | "listen">();
  const microphoneTrouble = troubleOf(microphone);
  const coming = phase === "coming";
  const asked = pressed === "talk" && microphone === "asking";

  async function comeIn(speaks: boolean) {
    const wanted = name.trim();
    if (!isName(wanted)) {
      setInvalid(true);
      document.getElementById("name")?.focus();
      return;
    }
    setPressed(speaks ? "talk" : "listen");
    // Denied or missing: the notice takes the place of the devices, and listening is one press away.
    if (speaks && !(hearth.microphone.track ?? (await hearth.microphone.open()))) return;
    if (!speaks) hearth.microphone.close();
    hearth.mute(speaks && kept.comeInMuted);
    hearth.enter(wanted, avatar, speaks, destination);
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    void comeIn(!microphoneTrouble);
  }

  const ofName = trouble === "name_taken" || trouble === "name_invalid" ? trouble : undefined;
  const nameError = invalid ? words.trouble.name_invalid : ofName && words.trouble[ofName];

  return (
    <main className="join" id="main">
      <JoinScene name={name.trim()} avatar={avatar} lit={microphone === "open"} />
      <section className="join-form" aria-labelledby="join-h">
        <p className="brand">
          <Logo />
          {words.hearth}
        </p>
        <h1 id="join-h">{words.join.title}</h1>
        <Lede destination={destination} />
        <form onSubmit={submit} noValidate>
          {second && <SecondTab name={kept.name} ontake={() => void hearth.takeOver()} />}
          <NameField
            name={name}
            error={nameError}
            onchange={(name) => {
              setName(name);
              setInvalid(false);
              if (ofName) session.setState({ trouble: undefined });
            }}
          />
          <CoatChoice name={name} avatar={avatar} onchange={setAvatar} />
          {microphoneTrouble ? (
            <MicrophoneNotice trouble={microphoneTrouble} />
          ) : (
            <Devices hearth={hearth} />
          )}
          {trouble && !ofName && (
            <p className="err" role="alert">
              <Why trouble={trouble} />
            </p>
          )}
          {asked && (
            <p className="hint" role="status">
              {words.join.asking}
            </p>
          )}
          <div className="actions">
            {!microphoneTrouble && (
              <button className="btn main big" type="submit" disabled={coming || asked}>
                {coming && pressed !== "listen" ? words.join.coming : words.join.talk}
              </button>
            )}
            <button
              className={`btn big ${microphoneTrouble ? "main" : "text"}`}
              type="button"
              disabled={coming}
              onClick={() => void comeIn(false)}
            >
              {coming && pressed === "listen" ? words.join.coming : words.join.listen}
            </button>
            {microphoneTrouble && microphoneTrouble !== "insecure" && (
              <button
                className="btn text big"
                type="button"
                onClick={() => void hearth.microphone.open()}
              >
                <RotateCw />
                {words.join.again}
              </button>
            )}
          </div>
        </form>
      </section>
    </main>
  );
}

function SecondTab({ name, ontake }: { name: string; ontake: () => void }) {
  return (
    <div className="notice info small">
      <RotateCw />
      <div>
        <p>{words.join.second(name)}</p>
        <p>
          <button className="btn quiet small" type="button" onClick={ontake}>
            {words.join.takeOver}
          </button>
        </p>
      </div>
    </div>
  );
}
