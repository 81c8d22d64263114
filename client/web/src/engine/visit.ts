// What this tab was doing, so that a reload goes on with it.

/** What this tab was doing, for a reload. */
export interface Visit {
  room: string;
  speaks: boolean;
  muted: boolean;
  /** What opened the room: the server asks for it anew. */
  password?: string;
}

export function isVisit(value: unknown): value is Visit {
  const visit = value as Partial<Visit> | null;
  return (
    typeof visit?.room === "string" &&
    typeof visit.speaks === "boolean" &&
    (visit.password === undefined || typeof visit.password === "string")
  );
}
