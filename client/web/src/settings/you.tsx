// One's name, coat and status, changed while inside.

import { Check } from "lucide-react";
import { type FormEvent, useEffect, useState } from "react";
import { useStore } from "zustand";
import type { Hearth } from "../engine/hearth";
import { profile } from "../engine/profile";
import { session, type Trouble } from "../engine/stores";
import { CoatChoice } from "../join/coat";
import { isName, NameField } from "../join/name";
import { Arch } from "../look/arch";
import { Refused } from "../look/refusal";
import { words } from "../words";

/** As the server bounds it, characters. */
const STATUS_MOST = 80;

export function You({ hearth }: { hearth: Hearth }) {
  const now = useStore(session);
  const [name, setName] = useState(now.name);
  const [avatar, setAvatar] = useState(now.avatar);
  const [status, setStatus] = useState<string>();
  const [trouble, setTrouble] = useState<Trouble>();
  const [state, setState] = useState<"open" | "busy" | "kept">("open");
  const wanted = name.trim();
  // Only the server knows what one said of oneself; what is typed meanwhile stays.
  useEffect(() => {
    void profile((message) => hearth.socket.request(message)).then((shown) => {
      if (typeof shown !== "string") setStatus((typed) => typed ?? shown.status ?? "");
    });
  }, [hearth]);

  async function keep(event: FormEvent) {
    event.preventDefault();
    if (!isName(wanted)) return setTrouble("name_invalid");
    setState("busy");
    const change = { name: wanted, avatar, ...(status !== undefined && { status }) };
    const shown = await profile((message) => hearth.socket.request(message), change);
    const refused = typeof shown === "string" ? shown : undefined;
    setTrouble(refused);
    setState(refused ? "open" : "kept");
  }

  const ofName = trouble === "name_taken" || trouble === "name_invalid";
  const change = () => {
    setTrouble(undefined);
    setState("open");
  };
  return (
    <form className="set-g" onSubmit={(event) => void keep(event)} noValidate>
      <h2>{words.settings.sections.you}</h2>
      <div className="you-top">
        <span className="seat">
          <span className="stand">
            <Arch avatar={avatar} name={wanted || "?"} size={96} />
          </span>
        </span>
      </div>
      <NameField
        name={name}
        error={ofName ? words.trouble[trouble] : undefined}
        onchange={(name) => {
          setName(name);
          change();
        }}
      />
      <CoatChoice
        name={wanted}
        avatar={avatar}
        onchange={(avatar) => {
          setAvatar(avatar);
          change();
        }}
      />
      <div className="field">
        <label htmlFor="status">{words.settings.status}</label>
        <input
          id="status"
          type="text"
          autoComplete="off"
          maxLength={STATUS_MOST}
          value={status ?? ""}
          aria-describedby="status-hint"
          onChange={(event) => {
            setStatus(event.target.value);
            change();
          }}
        />
        <p className="hint" id="status-hint">
          {words.settings.statusHint}
        </p>
      </div>
      {!ofName && <Refused trouble={trouble} />}
      <p className="hint">{words.settings.youHint}</p>
      <div>
        <button className="btn main" type="submit" disabled={state === "busy"}>
          {state === "kept" && <Check />}
          {state === "kept" ? words.settings.kept : words.settings.keep}
        </button>
      </div>
    </form>
  );
}
