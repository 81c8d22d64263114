// Why there is no microphone, and what to do: takes the place of the devices.

import { LockOpen, MicOff } from "lucide-react";
import type { MicrophoneTrouble } from "../engine/stores";
import { words } from "../words";

interface Props {
  trouble: MicrophoneTrouble;
  /** For what it gives its name to. */
  headingId?: string;
}

export function MicrophoneNotice({ trouble, headingId }: Props) {
  const { title, text, steps } = words.microphone[trouble];
  const insecure = trouble === "insecure";
  const secure = `https://${location.host}${location.pathname}${location.hash}`;
  return (
    <div className={`notice ${insecure ? "info" : "danger"}`} role="alert">
      {insecure ? <LockOpen /> : <MicOff />}
      <div>
        <h2 id={headingId}>{title}</h2>
        <p>{text}</p>
        {steps.length > 0 && (
          <ol>
            {steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        )}
        {insecure && (
          <>
            <p>
              <a className="btn quiet" href={secure}>
                {`https://${location.host}`}
              </a>
            </p>
            <details>
              <summary>{words.host}</summary>
              <p>{words.hostHint}</p>
            </details>
          </>
        )}
      </div>
    </div>
  );
}

/** The trouble that this state of the microphone is, if it is one. */
export function troubleOf(state: string): MicrophoneTrouble | undefined {
  return Object.hasOwn(words.microphone, state) ? (state as MicrophoneTrouble) : undefined;
}
