// How far what one wrote has come, between two people.

import { Check, CheckCheck } from "lucide-react";
import { useStore } from "zustand";
import { type Place, personOf } from "../engine/place";
import { written } from "../engine/written";
import { words } from "../words";

export function Receipt({ place, seq }: { place: Place; seq: number }) {
  const direct = useStore(written, ({ directs }) =>
    directs?.find(({ person }) => person.identity === personOf(place)),
  );
  if (!direct) return null;
  const read = direct.read_by_other >= seq;
  const delivered = read || direct.delivered_to_other >= seq;
  return (
    <p className="seen">
      {delivered ? <CheckCheck /> : <Check />}
      {read ? words.chat.read : delivered ? words.chat.delivered : words.chat.stored}
    </p>
  );
}
