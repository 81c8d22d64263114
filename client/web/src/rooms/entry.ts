// One room of the list, by its id.

import { useStore } from "zustand";
import { rooms } from "../engine/stores";
import type { RoomSummary } from "../protocol";

/** As the list has it; what is gone, or hidden from oneself, is not there. */
export function useRoom(id: string | undefined): RoomSummary | undefined {
  return useStore(rooms, (state) => state.rooms?.find((room) => room.id === id));
}
