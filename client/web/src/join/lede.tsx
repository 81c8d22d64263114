// Where one is going, told before one is anybody there.

import { useEffect, useState } from "react";
import { words } from "../words";

interface Peek {
  name: string;
  count: number;
}

export function Lede({ destination }: { destination: string | undefined }) {
  const [room, setRoom] = useState<Peek>();
  useEffect(() => {
    setRoom(undefined);
    if (!destination) return;
    const asked = new AbortController();
    void peek(destination, asked.signal).then(setRoom);
    return () => asked.abort();
  }, [destination]);
  if (!destination) return <p className="lede">{words.join.lede}</p>;
  return (
    <p className="lede">
      {words.join.destination}
      <b>{room?.name ?? destination}</b>. {room && words.join.inside(room.count)}
    </p>
  );
}

/** What the REST list says about a room. */
async function peek(id: string, signal: AbortSignal): Promise<Peek | undefined> {
  try {
    const answer = await fetch("/api/rooms", { signal });
    const list: unknown = ((await answer.json()) as { rooms?: unknown }).rooms;
    if (!Array.isArray(list)) return undefined;
    const room = (list as { id?: unknown; name?: unknown; users?: unknown }[]).find(
      (entry) => entry.id === id,
    );
    if (typeof room?.name !== "string" || typeof room.users !== "number") return undefined;
    return { name: room.name, count: room.users };
  } catch {
    return undefined;
  }
}
