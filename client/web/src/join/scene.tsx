// The big arch, which answers to one's own microphone before one goes in.

import { Arch } from "../look/arch";
import { useLevel } from "../look/level";
import type { Avatar } from "../protocol";

interface Props {
  name: string;
  avatar: Avatar;
  /** Whether the microphone is open: then the arch is lit. */
  lit: boolean;
}

export function JoinScene({ name, avatar, lit }: Props) {
  const arch = useLevel("microphone");
  const seat = useLevel("microphone");
  return (
    <section className="join-scene" aria-hidden="true">
      <div className="join-arch" ref={arch}>
        <i />
        <i />
        <i />
        <span className="join-fire" />
      </div>
      <div className="join-row">
        <span className="seat" ref={seat} data-state={lit ? "speaking" : undefined}>
          <span className="stand">
            {name ? <Arch avatar={avatar} name={name} /> : <Arch kind="gap" />}
          </span>
        </span>
      </div>
    </section>
  );
}
