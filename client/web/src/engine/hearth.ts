// Everything behind the page: what a person can do here, and what the server tells.
//
// Owns the parts (socket, identity, microphone, voices, voice link) and the flow between them:
// coming in, walking from room to room, coming back after a cut. Writes the stores; knows no face.

import type {
  Ack,
  Avatar,
  CreateRoom,
  Participant,
  Position,
  RoomSnapshot,
  ServerMessage,
} from "../protocol";
import type { Announcement } from "./announcement";
import { calling } from "./calling";
import { Calls } from "./calls";
import { Chat } from "./chat";
import { Hearing } from "./hearing";
import { Identity } from "./identity";
import { Microphone } from "./microphone";
import { onpage } from "./page";
import { Refusal } from "./refusal";
import { applied } from "./roomlist";
import { clear, fill, named } from "./roster";
import { keep, read } from "./shelf";
import { Shell } from "./shell";
import { type Ending, Socket, type SocketPhase, type Welcome } from "./socket";
import { VoiceMessages } from "./spoken";
import {
  call,
  known,
  people,
  rememberPerson,
  rooms,
  type SessionState,
  session,
  settings,
  type Trouble,
} from "./stores";
import { why } from "./trouble";
import { isVisit, type Visit } from "./visit";
import { VoiceLink } from "./voice";
import { Voices } from "./voices";

export class Hearth {
  readonly identity = new Identity();
  readonly microphone = new Microphone();
  readonly voices = new Voices(
    (talker) => this.#volume(talker),
    (silenced) => call.setState({ silenced }),
  );
  readonly socket: Socket;
  readonly voice: VoiceLink;
  readonly hearing = new Hearing(this.microphone, this.voices);
  readonly chat = new Chat((message) => this.socket.request(message));
  readonly calls: Calls;
  readonly shell = new Shell();
  readonly spoken = new VoiceMessages({
    microphone: this.microphone,
    identity: this.identity,
    onrecording: (recording) => this.voice.record(recording),
    post: (place, content, reply) => this.chat.outbox.send(place, content, reply),
  });
  onannounce: (announcement: Announcement) => void = () => {};
  /** A room did not let one in when one came in, or came back. */
  onbarred: (room: string, trouble: Trouble) => void = () => {};

  #speaks = false;
  #welcome: Welcome | undefined;
  /** Walking from room to room: one's own leaving is then no news. */
  #walking = false;
  /** Where one is going once inside. */
  #destination: string | undefined;
  /** What opened each room, for as long as this tab is there. */
  #passwords = new Map<string, string>();

  constructor(url: string) {
    this.socket = new Socket(url, {
      introduce: () => {
        const { name, avatar } = session.getState();
        const token = this.identity.pass?.token;
        return { name, avatar, ...(token && { token }) };
      },
      forgotten: () => this.identity.forget(),
      welcome: (welcome) => void this.#welcomed(welcome),
      message: (message) => this.#hear(message),
      phase: (phase) => this.#linked(phase),
      ended: (ending) => this.#ended(ending),
    });
    this.voice = new VoiceLink(
      (message) => this.socket.request(message),
      this.microphone,
      this.voices,
      () => this.#reblock(),
    );
    this.calls = new Calls((message) => this.socket.request(message), {
      // Whoever calls or answers wants to talk, also who only listens in rooms.
      walkIn: (room) => this.walkInto(room, undefined, true),
      walkOut: () => this.walkOut(),
    });
  }

  /** Finds out who this tab is; goes straight back in after a reload. */
  async start(): Promise<void> {
    const { name, avatar } = settings.getState();
    session.setState({ name, avatar });
    await this.identity.wake();
    session.setState({ second: this.identity.second });
    onpage({
      noticed: () => this.socket.nudge(),
      gone: () => void this.socket.request({ type: "room:leave" }).catch(() => {}),
      touched: () => {
        this.microphone.wake();
        if (call.getState().silenced) this.voices.wake();
      },
    });
    this.hearing.run();
    void this.chat.outbox.wake();
    const visit = read("visit", "visit", isVisit);
    if (visit && this.identity.pass && name) {
      call.setState({ muted: visit.muted });
      if (visit.password !== undefined) this.#passwords.set(visit.room, visit.password);
      this.enter(name, avatar, visit.speaks, visit.room);
    }
  }

  /** Comes in under a name, to a room if one is named. What goes wrong is in `session.trouble`. */
  enter(name: string, avatar: Avatar, speaks: boolean, room?: string): void {
    settings.setState({ name, avatar });
    session.setState({ name, avatar, phase: "coming", trouble: undefined, wanted: room });
    this.#speaks = speaks;
    this.#destination = room;
    this.socket.start();
  }

  /** Takes the remembered identity over from the other tab. */
  async takeOver(): Promise<void> {
    await this.identity.takeOver();
    const { name, avatar } = settings.getState();
    const room = people.getState().room ?? read("visit", "visit", isVisit)?.room;
    session.setState({ second: false });
    if (name) this.enter(name, avatar, this.#speaks, room);
    else session.setState({ phase: "out" });
  }

  /** Walks into a room, out of the one before. Resolves with why not, if not. */
  async walkInto(
    room: string,
    password = this.#passwords.get(room),
    speaks = this.#speaks,
  ): Promise<Trouble | undefined> {
    if (people.getState().room === room) return undefined;
    this.#walking = true;
    try {
      // A voice that works comes along: nothing is negotiated anew.
      const { phase, speaks: spoke } = call.getState();
      const asBefore = spoke ? speaks : speaks === this.#speaks;
      const with_voice = phase === "connected" && asBefore;
      const ask = { type: "room:join" as const, room, with_voice, ...this.#known(room) };
      const entry = password === undefined ? ask : { ...ask, password };
      const ack = await this.socket.request(entry);
      if (ack.of !== "room:join") return "other";
      if (password !== undefined) this.#passwords.set(room, password);
      session.setState({ moved: undefined });
      this.#arrive(ack.snapshot);
      if (!speaks) this.microphone.close();
      if (with_voice) this.#reblock();
      else if (this.#welcome) void this.voice.join(this.#welcome, speaks);
      return undefined;
    } catch (thrown) {
      const trouble = why(thrown);
      if (trouble === "wrong_password") this.#passwords.delete(room);
      // The lock is tried before the seats are counted: it was the right one.
      if (trouble === "room_full" && password !== undefined) this.#passwords.set(room, password);
      return trouble;
    } finally {
      this.#walking = false;
    }
  }

  /** Walks out of the room and its voice. */
  walkOut(): void {
    this.socket.request({ type: "room:leave" }).catch(() => {});
    this.#depart();
  }

  async createRoom(room: CreateRoom): Promise<{ id: string } | { trouble: Trouble }> {
    try {
      const ack = await this.socket.request({ type: "room:create", ...room });
      return ack.of === "room:create" ? { id: ack.room.id } : { trouble: "other" };
    } catch (thrown) {
      return { trouble: why(thrown) };
    }
  }

  mute(muted: boolean): void {
    // Whoever opens the microphone while deafened wants to be in the conversation again.
    if (!muted && call.getState().deafened) this.deafen(false);
    this.voice.mute(muted);
    this.#keepVisit();
  }

  deafen(deafened: boolean): void {
    this.voice.deafen(deafened);
  }

  /** Changes from listening to talking or back; the voice is joined anew. `false`: without a microphone. */
  async talk(speaks: boolean): Promise<boolean> {
    if (speaks && !(this.microphone.track ?? (await this.microphone.open()))) return false;
    if (!speaks) this.microphone.close();
    this.#speaks = speaks;
    this.#keepVisit();
    if (this.#welcome && people.getState().room) await this.voice.join(this.#welcome, speaks);
    return true;
  }

  /** "Mute for me": the server stops sending this voice, now and whenever we meet again. */
  block(person: Participant, blocked: boolean): void {
    rememberPerson(person.identity, { blocked });
    this.socket.request({ type: "voice:block", number: person.number, blocked }).catch(() => {
      // Told again when the voice is joined anew; until then the volume is 0 here.
    });
  }

  #volume(talker: number): number {
    const { volume, blocked } = known(people.getState().here.get(talker)?.identity);
    return blocked ? 0 : volume;
  }

  async #welcomed(welcome: Welcome): Promise<void> {
    const returning = this.#welcome !== undefined;
    this.#welcome = welcome;
    const { identity, token, name, avatar, limits } = welcome;
    const { identity: before } = session.getState();
    if (before !== undefined && before !== identity) this.chat.forget();
    // Sounds are fetched by a cookie; without it the first one asks for it.
    if (this.identity.remember({ identity, token })) this.spoken.admit().catch(() => {});
    session.setState({ phase: "in", identity, name, avatar, limits, trouble: undefined });
    settings.setState({ name, avatar });
    if (welcome.resumed) {
      this.chat.resumed();
      this.voice.resumed();
      return;
    }
    this.calls.forget();
    // Another session may be one of another server.
    if (returning) this.shell.look();
    try {
      const ack = await this.socket.request({ type: "room:list" });
      if (ack.of === "room:list") {
        rooms.setState({ rooms: ack.rooms });
        this.chat.marks.listed(ack.rooms, ack.read ?? []);
      }
      // Not waited for: nobody walks in later because of old letters.
      this.chat.welcomed().catch(() => {});
      const room = people.getState().room ?? this.#destination;
      if (room) await this.#comeBack(welcome, room, returning);
      this.#destination = undefined;
    } catch (thrown) {
      // A cut while coming in: the next welcome starts over. Anything else is said.
      if (thrown instanceof Refusal && thrown.code !== "cut" && thrown.code !== "offline") {
        session.setState({ trouble: why(thrown) });
      }
    }
  }

  /** Into a room anew: at first, or after the server forgot the session. */
  async #comeBack(welcome: Welcome, room: string, returning: boolean): Promise<void> {
    let ack: Ack;
    const password = this.#passwords.get(room);
    try {
      const ask = { type: "room:join" as const, room, ...this.#known(room) };
      ack = await this.socket.request(password === undefined ? ask : { ...ask, password });
    } catch (thrown) {
      const code = Refusal.code(thrown);
      if (code === "cut" || code === "offline") throw thrown;
      this.#depart();
      const trouble = why(thrown);
      if (trouble === "wrong_password") this.#passwords.delete(room);
      session.setState({ wanted: trouble === "room_gone" ? undefined : room });
      return this.onbarred(room, trouble);
    }
    if (ack.of !== "room:join") return;
    this.#arrive(ack.snapshot);
    if (returning) session.setState({ news: "restarted" });
    await this.voice.join(welcome, this.#speaks);
  }

  /** How far a room's log is known, so that only what is missing is told. */
  #known(room: string): { position?: Position } {
    const position = this.chat.logs.position(`room:${room}`);
    return position ? { position } : {};
  }

  #arrive(snapshot: RoomSnapshot): void {
    const { room, you, role } = snapshot;
    this.hearing.forget();
    people.setState({ room: room.id, you, role, seats: [], speaking: new Set() });
    session.setState({ wanted: undefined });
    fill(room);
    this.hearing.seat();
    this.chat.arrived(snapshot);
    this.#keepVisit();
  }

  #depart(): void {
    this.voice.drop();
    if (!this.#speaks) this.microphone.close();
    clear();
    keep("visit", "visit", undefined);
  }

  #keepVisit(): void {
    const { room: here } = people.getState();
    const { muted } = call.getState();
    const { call: now } = calling.getState();
    // No reload leads into a call: it leads back to where one was before.
    const room = here === now?.room ? now?.left : here;
    if (!room) return;
    const password = this.#passwords.get(room);
    const visit: Visit = { room, speaks: this.#speaks, muted };
    keep("visit", "visit", password === undefined ? visit : { ...visit, password });
  }

  #hear(message: ServerMessage): void {
    this.chat.hear(message);
    this.calls.hear(message);
    const { room, here, you, count } = people.getState();
    // In a crowd only those who spoke are named, and `room:count` says how many there are.
    const crowd = count > here.size;
    switch (message.type) {
      case "room:list:delta": {
        const list = rooms.getState().rooms;
        if (list) rooms.setState({ rooms: applied(list, message.changes) });
        if (room && message.changes.some((change) => change.id === room && change.removed)) {
          this.#depart();
          session.setState({ trouble: "room_gone" });
        }
        break;
      }
      case "room:anew":
        if (message.summary.id !== room) break;
        fill(message.summary);
        this.hearing.seat();
        break;
      case "room:count":
        if (message.room === room) people.setState({ count: message.count });
        break;
      case "room:delta": {
        if (message.room !== room) break;
        const { present = [], left = [] } = message;
        if (left.some(({ number }) => number === you)) {
          if (this.#walking) break;
          this.#depart();
          session.setState({ trouble: "room_gone" });
          break;
        }
        const after = new Map(here);
        for (const person of present) after.set(person.number, person);
        for (const { number } of left) after.delete(number);
        people.setState({ here: after, count: crowd ? count : after.size });
        this.hearing.seat();
        for (const person of present) {
          if (here.has(person.number)) continue;
          if (known(person.identity).blocked) this.block(person, true);
          this.onannounce({ kind: "joined", name: person.name });
        }
        for (const { number } of left) {
          const name = here.get(number)?.name;
          if (name !== undefined) this.onannounce({ kind: "left", name });
        }
        break;
      }
      case "room:sent_out": {
        if (message.room !== room) break;
        // What came of a call is told with the call.
        if (message.why !== "call_ended") {
          const by = "by" in message ? message.by : "";
          const reason = "reason" in message ? message.reason : undefined;
          session.setState({ moved: { why: message.why, room: named(room), by, reason } });
        }
        this.#depart();
        break;
      }
      case "room:moved": {
        const { by, snapshot } = message;
        const from = room ? named(room) : "";
        this.#arrive(snapshot);
        this.#reblock();
        session.setState({ moved: { why: "moved", room: from, by, reason: undefined } });
        break;
      }
      case "room:role":
        if (message.room === room) people.setState({ role: message.role });
        break;
      case "participant:voice": {
        const person = here.get(message.number);
        if (message.room !== room || !person) break;
        const after = { ...person, voice: message.voice };
        people.setState({ here: new Map(here).set(message.number, after) });
        this.hearing.seat();
        break;
      }
      case "voice:quality":
        this.voice.hear(message);
        break;
      case "voice:closed":
        this.voice.closed(message.reason);
        break;
    }
  }

  #linked(socket: SocketPhase): void {
    const open = socket === "open";
    const { phase, link } = session.getState();
    // At the door, the first attempt that fails is said; the attempts go on.
    if (phase === "coming" && socket === "waiting") session.setState({ trouble: "offline" });
    if (phase !== "in") return;
    const after: SessionState["link"] = open ? "steady" : "reconnecting";
    if (link === after) return;
    session.setState({ link: after });
    this.onannounce({ kind: open ? "reconnected" : "reconnecting", name: "" });
  }

  #ended(ending: Ending): void {
    this.#welcome = undefined;
    session.setState({ link: "steady" });
    if (ending.why === "stopped") return;
    this.calls.forget();
    this.voice.drop();
    this.microphone.close();
    if (ending.why === "replaced") session.setState({ phase: "gone" });
    else if (ending.why === "refused") {
      session.setState({ phase: "out", trouble: why(ending.refusal) });
    } else session.setState({ phase: "out", trouble: "other" });
    if (ending.why !== "replaced") this.#depart();
  }

  /** Those whom one does not want to hear are named anew to a voice that begins. */
  #reblock(): void {
    for (const person of people.getState().here.values()) {
      if (known(person.identity).blocked) this.block(person, true);
    }
  }
}
