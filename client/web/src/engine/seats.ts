// Who stands on the stage.
//
// Pure. A seat is only ever exchanged for another person: never sorted by loudness, never moved.

/** Most seats on the stage. */
export const MAX_SEATS = 8;

/** What matters about somebody for a seat. */
export interface Guest {
  number: number;
  /** Has a microphone in the room. */
  speaks: boolean;
}

/**
 * The seats after a change.
 * @param seats before
 * @param here everybody in the room, in order of arrival
 * @param you always seated
 * @param speaking who speaks now
 * @param spokeAt when each last spoke; whoever was silent longest gives way
 */
export function seated(
  seats: readonly number[],
  here: readonly Guest[],
  you: number | undefined,
  speaking: ReadonlySet<number>,
  spokeAt: ReadonlyMap<number, number>,
): number[] {
  const present = new Set(here.map((guest) => guest.number));
  const after: (number | undefined)[] = seats.map((seat) => (present.has(seat) ? seat : undefined));
  const standing = () => here.filter((guest) => !after.includes(guest.number));

  const waiting = [
    ...standing().filter((guest) => guest.number === you),
    ...standing().filter((guest) => guest.number !== you && speaking.has(guest.number)),
    ...standing().filter(
      (guest) => guest.number !== you && !speaking.has(guest.number) && guest.speaks,
    ),
    ...standing().filter(
      (guest) => guest.number !== you && !speaking.has(guest.number) && !guest.speaks,
    ),
  ].map((guest) => guest.number);

  for (const number of waiting) {
    const free = after.indexOf(undefined);
    if (free >= 0) after[free] = number;
    else if (after.length < MAX_SEATS) after.push(number);
    else if (number === you || speaking.has(number)) {
      const quiet = after
        .filter((seat): seat is number => seat !== undefined && seat !== you && !speaking.has(seat))
        .sort((a, b) => (spokeAt.get(a) ?? 0) - (spokeAt.get(b) ?? 0))[0];
      if (quiet !== undefined) after[after.indexOf(quiet)] = number;
    }
  }
  return after.filter((seat): seat is number => seat !== undefined);
}
