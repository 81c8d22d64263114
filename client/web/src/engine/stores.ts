// What the page shows, as stores that React and tests subscribe to.
//
// Owns the shapes and their first values; `settings` is kept for the next visit. Never acts:
// the engine writes, the face reads. Audio levels are not here: they go straight to the screen.

import { createStore } from "zustand/vanilla";
import type {
  Avatar,
  Limits,
  Participant,
  Role,
  RoomSummary,
  VoiceClosedReason,
  VoiceQuality,
} from "../protocol";
import type { MusicRate } from "./opus";
import { keep, read } from "./shelf";

/** Why something did not work, as a key of the words. */
export type Trouble =
  | "name_taken"
  | "name_invalid"
  | "room_full"
  | "room_gone"
  | "room_exists"
  | "room_invalid"
  | "password_missing"
  | "too_many_rooms"
  | "rate_limited"
  | "busy"
  | "guests_closed"
  | "banned"
  | "wrong_password"
  | "forbidden"
  | "message_gone"
  | "message_invalid"
  | "too_many_reactions"
  | "offline"
  | "other";

export interface SessionState {
  /** `out`: at the door. `coming`: connecting for the first time. `in`: inside. `gone`: another tab took over. */
  phase: "out" | "coming" | "in" | "gone";
  /** Whether the server is heard. */
  link: "steady" | "reconnecting";
  name: string;
  avatar: Avatar;
  identity: string | undefined;
  limits: Limits | undefined;
  /** The remembered identity is in use by another tab. */
  second: boolean;
  trouble: Trouble | undefined;
  /** Said once, then taken away by the face. */
  news: "restarted" | undefined;
  /** The room that one is on the way to, or that did not let one in: nothing else may know its address. */
  wanted: string | undefined;
  /** A moderator sent one out, or took one elsewhere; told until one walks on. */
  moved: SentOut | undefined;
}

/** What somebody else did with where one is. */
export interface SentOut {
  why: "kicked" | "banned" | "deleted" | "moved";
  /** The room that one was in, as it was called. */
  room: string;
  by: string;
  reason: string | undefined;
}

export const session = createStore<SessionState>()(() => ({
  phase: "out",
  link: "steady",
  name: "",
  avatar: { coat: 0 },
  identity: undefined,
  limits: undefined,
  second: false,
  trouble: undefined,
  news: undefined,
  wanted: undefined,
  moved: undefined,
}));

export interface RoomsState {
  /** `undefined` until the server told. */
  rooms: readonly RoomSummary[] | undefined;
}

export const rooms = createStore<RoomsState>()(() => ({ rooms: undefined }));

export interface PeopleState {
  /** The room that one is in. */
  room: string | undefined;
  /** Which participant one is. */
  you: number | undefined;
  /** What one may do here. */
  role: Role | undefined;
  /** Everybody in the room, oneself included, by number. */
  here: ReadonlyMap<number, Participant>;
  /** How many are in the room: in a crowd more than are named. */
  count: number;
  /** Who has a seat on the stage, in stable order. */
  seats: readonly number[];
  /** Who speaks, by what is heard and else by what the server says. */
  speaking: ReadonlySet<number>;
}

export const people = createStore<PeopleState>()(() => ({
  room: undefined,
  you: undefined,
  role: undefined,
  here: new Map(),
  count: 0,
  seats: [],
  speaking: new Set(),
}));

export interface Quality {
  roundTripMs: number | undefined;
  /** Lost of what is sent and heard, since the last figures; 0–1. */
  sendLoss: number | undefined;
  hearLoss: number | undefined;
  sendJitterMs: number | undefined;
  hearJitterMs: number | undefined;
  bufferMs: number | undefined;
  /** Bits per second. */
  sendRate: number;
  hearRate: number;
  /** As in "UDP, direct". */
  way: string | undefined;
  cipher: string | undefined;
  tls: string | undefined;
  talkers: readonly HeardTalker[];
}

/** How one talker's voice arrives here. */
export interface HeardTalker {
  number: number;
  /** Bits per second. */
  rate: number;
  loss: number | undefined;
  jitterMs: number | undefined;
}

export interface CallState {
  /** `repairing`: connected before, opening a new path. `lost`: nobody hears anybody. */
  phase: "none" | "joining" | "connected" | "repairing" | "lost";
  /** When the next attempt is made, by `performance.now()`. */
  retryAt: number | undefined;
  /** Comes with a microphone, or listens only. */
  speaks: boolean;
  muted: boolean;
  deafened: boolean;
  /** A voice message is being recorded: the room does not hear it. */
  recording: boolean;
  /** Push-to-talk is held. */
  held: boolean;
  /** Speaks into a muted microphone. */
  talkingMuted: boolean;
  /** The browser plays nothing before somebody touches the page. */
  silenced: boolean;
  /** Why the voice could not be joined. */
  closed: VoiceClosedReason | undefined;
  quality: Quality | undefined;
  /** What the server says of how one's voice gets through. */
  told: VoiceQuality | undefined;
  /** Round trips of the last minute, ms, oldest first. */
  trips: readonly number[];
}

export const call = createStore<CallState>()(() => ({
  phase: "none",
  retryAt: undefined,
  speaks: false,
  muted: false,
  deafened: false,
  recording: false,
  held: false,
  talkingMuted: false,
  silenced: false,
  closed: undefined,
  quality: undefined,
  told: undefined,
  trips: [],
}));

/** Why there is no microphone. */
export type MicrophoneTrouble = "denied" | "missing" | "insecure" | "in_use" | "other";

export interface Device {
  id: string;
  label: string;
}

export interface DevicesState {
  microphones: readonly Device[];
  speakers: readonly Device[];
  /** `unasked`: the browser would ask; `asking`: it does. */
  microphone: "unasked" | "asking" | "open" | MicrophoneTrouble;
}

export const devices = createStore<DevicesState>()(() => ({
  microphones: [],
  speakers: [],
  microphone: "unasked",
}));

/** What is remembered about somebody, by identity. */
export interface Remembered {
  /** 0–2; 1 is as sent. */
  volume: number;
  /** Muted for oneself. */
  blocked: boolean;
}

/** Those that the page speaks. */
export const LANGUAGES = ["en", "de", "es", "hi"] as const;
export type Language = (typeof LANGUAGES)[number];

export interface SettingsState {
  name: string;
  avatar: Avatar;
  microphone: string;
  speaker: string;
  echoCancellation: boolean;
  /** `browser`: the browser's own; `strong`: RNNoise. */
  noise: "browser" | "strong" | "off";
  gainControl: boolean;
  /** Sends sound as it is, in stereo, at so many kbit/s: none of the three above. */
  music: "off" | "64k" | "96k" | "128k";
  /** Only what is at least so loud is sent; 0–1 as levels are shown, 0 sends everything. */
  threshold: number;
  pushToTalk: boolean;
  /** The key that is held to talk, as `KeyboardEvent.code`. */
  pushKey: string;
  comeInMuted: boolean;
  /** Whether the screen stays on in a room. */
  awake: boolean;
  /** `system`: the browser's. */
  language: "system" | Language;
  /** Whether coming and going is heard. */
  sounds: boolean;
  /** Whether calls are heard before they are answered. */
  rings: boolean;
  /** Whether mentions and direct messages are told of while the page is out of view. */
  notices: "unasked" | "on" | "off";
  /** How fast and how loud voice messages are played; as sent is 1. */
  soundSpeed: number;
  soundGain: number;
  light: "system" | "night" | "day";
  known: Readonly<Record<string, Remembered>>;
}

const DEFAULT_SETTINGS: SettingsState = {
  name: "",
  avatar: { coat: 4 },
  microphone: "",
  speaker: "",
  echoCancellation: true,
  noise: "browser",
  gainControl: true,
  music: "off",
  threshold: 0,
  pushToTalk: false,
  pushKey: "KeyV",
  comeInMuted: false,
  awake: globalThis.matchMedia?.("(pointer: coarse)").matches ?? false,
  language: "system",
  sounds: true,
  rings: true,
  notices: "unasked",
  soundSpeed: 1,
  soundGain: 1,
  light: "system",
  known: {},
};

/** Settings that are one of a few words; the first is the default. */
const CHOICES: Record<"light" | "noise" | "language" | "music" | "notices", readonly string[]> = {
  language: ["system", ...LANGUAGES],
  light: ["system", "night", "day"],
  notices: ["unasked", "on", "off"],
  music: ["off", "64k", "96k", "128k"],
  noise: ["browser", "strong", "off"],
};

/** People whose volume is remembered; the one set longest ago is forgotten first. */
const MAX_KNOWN = 500;

function isSettings(value: unknown): value is Partial<SettingsState> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Only what has the type of its default is taken from what was kept. */
export function settle(kept: Partial<SettingsState>): SettingsState {
  const settled = Object.fromEntries(
    Object.entries(DEFAULT_SETTINGS).map(([name, byDefault]) => {
      const value = kept[name as keyof SettingsState];
      return [name, typeof value === typeof byDefault && value !== null ? value : byDefault];
    }),
  ) as unknown as SettingsState;
  for (const [name, choices] of Object.entries(CHOICES)) {
    const chosen = settled[name as keyof typeof CHOICES];
    if (!choices.includes(chosen)) Object.assign(settled, { [name]: choices[0] });
  }
  return settled;
}

export const settings = createStore<SettingsState>()(() =>
  settle(read("house", "settings", isSettings) ?? {}),
);
settings.subscribe((state) => keep("house", "settings", state));

/** The rate of the music that is sent, if it is music. */
export function music(): MusicRate | undefined {
  const { music } = settings.getState();
  return music === "off" ? undefined : (Number.parseInt(music, 10) as MusicRate);
}

const AS_SENT: Remembered = { volume: 1, blocked: false };

/** What is remembered about an identity. */
export function known(identity: string | undefined): Remembered {
  return (identity && settings.getState().known[identity]) || AS_SENT;
}

/** Remembers something about an identity. */
export function rememberPerson(identity: string, change: Partial<Remembered>): void {
  const { [identity]: before = AS_SENT, ...others } = settings.getState().known;
  const after = { ...before, ...change };
  const entries = Object.entries(others).slice(-(MAX_KNOWN - 1));
  if (after.volume !== 1 || after.blocked) entries.push([identity, after]);
  settings.setState({ known: Object.fromEntries(entries) });
}
