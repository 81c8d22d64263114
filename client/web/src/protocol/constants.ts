// Made from signaling/protocol. Do not edit.

export const PROTOCOL_VERSION = 1;

/** Close codes of the WebSocket; see PROTOCOL.md. */
export const CloseCode = {
  HelloExpected: 4001,
  Silent: 4002,
  SlowReader: 4003,
  Replaced: 4004,
  ShuttingDown: 4005,
  Unauthorized: 4006,
  Abusive: 4007,
  Busy: 4008,
} as const;
