// Banning somebody: why, for how long, and then once more.

import { type FormEvent, useState } from "react";
import { Ending } from "../look/ending";
import type { Ban } from "../protocol";
import { Segments } from "../settings/segments";
import { words } from "../words";

const HOUR_MS = 3_600_000;
const TIMES = {
  hour: HOUR_MS,
  day: 24 * HOUR_MS,
  week: 7 * 24 * HOUR_MS,
  always: undefined,
} satisfies Record<keyof typeof words.order.times, number | undefined>;

/** As the server bounds it, characters. */
const REASON_MOST = 200;

interface Props {
  onban: (ban: Pick<Ban, "for_ms" | "reason">) => void;
  oncancel: () => void;
}

export function BanForm({ onban, oncancel }: Props) {
  const [reason, setReason] = useState("");
  const [time, setTime] = useState<keyof typeof TIMES>("always");
  const ban = (event: FormEvent) => {
    event.preventDefault();
    const for_ms = TIMES[time];
    onban({
      ...(for_ms !== undefined && { for_ms }),
      ...(reason.trim() && { reason: reason.trim() }),
    });
  };
  return (
    <form className="ban" onSubmit={ban}>
      <div className="field">
        <label htmlFor="ban-reason">
          {words.order.reason} <small>{words.order.reasonHint}</small>
        </label>
        <input
          id="ban-reason"
          ref={(field) => field?.focus()}
          type="text"
          autoComplete="off"
          maxLength={REASON_MOST}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </div>
      <Segments
        legend={words.order.time}
        choices={words.order.times}
        chosen={time}
        onchoose={setTime}
      />
      <p className="hint">{words.order.banHint}</p>
      <Ending name={words.moderate.banNow} danger oncancel={oncancel} />
    </form>
  );
}
