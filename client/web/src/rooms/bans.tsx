// Who may not come into a room, until when and why; and letting them in again.

import { useEffect, useState } from "react";
import type { Hearth } from "../engine/hearth";
import { moderate } from "../engine/moderation";
import type { Trouble } from "../engine/stores";
import { why } from "../engine/trouble";
import { say } from "../face";
import { Arch } from "../look/arch";
import { CloseButton, Layer } from "../look/layer";
import { Refused } from "../look/refusal";
import type { BanSummary } from "../protocol";
import { words } from "../words";
import { dayOf, timeOf } from "../words/clock";
import { useRoom } from "./entry";

interface Props {
  hearth: Hearth;
  id: string;
  onclose: () => void;
}

export function Bans({ hearth, id, onclose }: Props) {
  const room = useRoom(id);
  const [bans, setBans] = useState<readonly BanSummary[]>();
  const [trouble, setTrouble] = useState<Trouble>();
  useEffect(() => {
    hearth.socket
      .request({ type: "room:bans", room: id })
      .then((ack) => ack.of === "room:bans" && setBans(ack.bans))
      .catch((thrown) => setTrouble(why(thrown)));
  }, [hearth, id]);
  const unban = async ({ identity, name }: BanSummary) => {
    const refused = await moderate((message) => hearth.socket.request(message), {
      type: "room:unban",
      room: id,
      identity,
    });
    setTrouble(refused);
    if (refused) return;
    setBans((bans) => bans?.filter((ban) => ban.identity !== identity));
    say(words.order.unbanned(name));
  };
  return (
    <Layer className="dialog" onclose={onclose}>
      {(headingId) => (
        <>
          <div className="dlg-top">
            <Arch kind="house" size={64} glyph={room?.icon} />
            <div>
              <h2 id={headingId} tabIndex={-1} data-first>
                {words.order.bansOf(room?.name ?? id)}
              </h2>
              <p>{bans?.length === 0 ? words.order.noBans : words.order.bansHint}</p>
            </div>
            <CloseButton onclose={onclose} />
          </div>
          <Refused trouble={trouble} />
          {bans && bans.length > 0 && (
            <ul className="bans" aria-label={words.order.bans}>
              {bans.map((ban) => (
                <li key={ban.identity}>
                  <p>
                    <b>{ban.name}</b> <small>{untilOf(ban)}</small>
                    {ban.reason && <span>“{ban.reason}”</span>}
                  </p>
                  <button
                    className="btn quiet small"
                    type="button"
                    aria-label={`${words.order.unban}: ${ban.name}`}
                    onClick={() => void unban(ban)}
                  >
                    {words.order.unban}
                  </button>
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </Layer>
  );
}

function untilOf({ until_ms }: BanSummary): string {
  if (until_ms === undefined) return words.order.always;
  return words.order.until(`${dayOf(until_ms)}, ${timeOf(until_ms)}`);
}
