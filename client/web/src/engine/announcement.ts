// What a screen reader says by itself.

/** Something that a screen reader says: never who speaks. */
export interface Announcement {
  kind: "joined" | "left" | "reconnecting" | "reconnected";
  name: string;
}
