// Calls between oneself and somebody else: ringing, answering, hanging up.
//
// Owns what the two are told and the way into the room in which they talk; the voice there is that
// of any room. Writes `calling`; makes no sound and shows nothing.

import type { Author, Call, CallEnded, CallId, ServerMessage } from "../protocol";
import type { Ask } from "./ask";
import { type CallNow, type CallOutcome, calling } from "./calling";
import { Refusal } from "./refusal";
import { people, type Trouble } from "./stores";

/** The way into a call's room and out of it. */
export interface Doors {
  walkIn(room: string): Promise<Trouble | undefined>;
  walkOut(): void;
}

/** What refusals of a call mean. */
const REFUSED: Partial<Record<string, CallOutcome["how"]>> = {
  person_offline: "offline",
  person_busy: "busy",
  person_elsewhere: "elsewhere",
  cut: "cut",
  offline: "cut",
  timeout: "cut",
};

export class Calls {
  constructor(
    private readonly ask: Ask,
    private readonly doors: Doors,
  ) {
    people.subscribe(({ room, you, here }) => {
      const { call } = calling.getState();
      if (call?.stage !== "opening" || room !== call.room) return;
      // Those of the room that one comes from are told apart by oneself: a number is of one room.
      if (you === undefined || !here.has(you)) return;
      const both = [...here.values()].some(({ identity }) => identity === call.person.identity);
      if (both) this.#put({ ...call, stage: "talking", since: performance.now() });
    });
  }

  /** Rings at somebody's. What comes of it is in `calling`. */
  async start({ identity, name, avatar }: Author): Promise<void> {
    if (calling.getState().call) return;
    const asked: CallNow = {
      call: undefined,
      room: undefined,
      person: { identity, name, avatar },
      stage: "asking",
      ringsMs: 0,
      until: 0,
      since: undefined,
      left: undefined,
    };
    calling.setState({ call: asked, outcome: undefined });
    try {
      const ack = await this.ask({ type: "call:start", person: identity });
      if (ack.of !== "call") return;
      const { call: now } = calling.getState();
      if (now === asked) this.#put({ ...asked, ...ringing(ack.call) });
      // Taken back before the answer came.
      else if (!this.#is(ack.call.call)) this.#tell("call:end", ack.call.call);
    } catch (thrown) {
      if (calling.getState().call !== asked) return;
      this.#over(asked, REFUSED[Refusal.code(thrown)] ?? "refused");
    }
  }

  /** Answers whoever calls: out of the room that one is in, and into the call's. */
  async accept(): Promise<void> {
    const { call } = calling.getState();
    if (call?.stage !== "coming" || !call.call) return;
    this.#put({ ...call, stage: "opening" });
    try {
      const ack = await this.ask({ type: "call:accept", call: call.call });
      if (ack.of === "call") await this.#open(ack.call);
    } catch (thrown) {
      // It ended meanwhile: that is told by itself.
      if (Refusal.code(thrown) !== "call_not_found" && this.#is(call.call)) {
        this.#over(call, "cut");
      }
    }
  }

  decline(): void {
    const { call } = calling.getState();
    if (call?.stage !== "coming" || !call.call) return;
    this.#tell("call:decline", call.call);
    calling.setState({ call: undefined });
  }

  /** Takes back what rings, or hangs up. The voice ends at once, also without the server. */
  hangUp(): void {
    const { call } = calling.getState();
    if (!call || call.stage === "coming") return;
    if (call.call) this.#tell("call:end", call.call);
    this.#leave(call);
    if (call.stage === "talking") this.#over(call, "over");
    else calling.setState({ call: undefined });
  }

  /** The session is another one: a call that there was is over. */
  forget(): void {
    const { call } = calling.getState();
    if (!call) return;
    this.#leave(call);
    this.#over(call, call.stage === "coming" ? "missed" : "cut");
  }

  hear(message: ServerMessage): void {
    switch (message.type) {
      case "call:ringing": {
        const { person } = message.call;
        const { identity, name, avatar } = person;
        calling.setState({
          outcome: undefined,
          call: {
            person: { identity, name, avatar },
            stage: "coming",
            since: undefined,
            left: undefined,
            ...ringing(message.call),
          },
        });
        break;
      }
      case "call:accepted":
        void this.#open(message.call);
        break;
      case "call:ended":
        if (this.#is(message.call)) this.#ended(message.how);
        break;
    }
  }

  /** Both may walk in. */
  async #open({ call, room }: Pick<Call, "call" | "room">): Promise<void> {
    // The caller may be told that it was accepted before the answer to `call:start` has come.
    const { call: now } = calling.getState();
    if (!now || (now.call !== undefined && now.call !== call)) return;
    const opening: CallNow = { ...now, call, room, stage: "opening", left: people.getState().room };
    this.#put(opening);
    const refused = await this.doors.walkIn(room);
    if (refused && this.#is(call)) {
      this.#tell("call:end", call);
      this.#over(opening, "cut");
    }
  }

  #ended(how: CallEnded): void {
    const { call } = calling.getState();
    if (!call) return;
    const coming = call.stage === "coming";
    if (how === "hung_up") this.#over(call, call.since === undefined ? "cut" : "over");
    else if (how === "missed") this.#over(call, coming ? "missed" : "unanswered");
    else this.#over(call, "declined");
  }

  #over({ person, since, left }: CallNow, how: CallOutcome["how"]): void {
    const lastedMs = since === undefined ? undefined : performance.now() - since;
    calling.setState({ call: undefined, outcome: { person, how, lastedMs, left } });
  }

  #leave({ room }: CallNow): void {
    if (room !== undefined && people.getState().room === room) this.doors.walkOut();
  }

  #put(call: CallNow): void {
    calling.setState({ call });
  }

  #is(call: CallId): boolean {
    return calling.getState().call?.call === call;
  }

  #tell(type: "call:end" | "call:decline", call: CallId): void {
    // Refused, it has ended by itself; cut, it does so when the session ends.
    this.ask({ type, call }).catch(() => {});
  }
}

function ringing({
  call,
  room,
  rings_ms,
}: Call): Omit<CallNow, "person" | "stage" | "since" | "left"> {
  return { call, room, ringsMs: rings_ms, until: performance.now() + rings_ms };
}
