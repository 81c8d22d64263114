// Every word that the page says, in English: the shape that every language has.
//
// Short, concrete, second person: what happens to voice first, then what to do. Browser tests find
// things by these accessible names, which stay as they are:
//   join      heading "Pull up a chair."; textbox "Your name", "Emoji"; radiogroup "Your coat";
//             combobox "Microphone", "Speaker"; meter "Microphone level"; checkbox "Come in muted";
//             buttons "Join with microphone", "Just listen", "Test", "Check microphone", "Ask again"
//   rooms     list "Rooms" of links that begin with the room's name ("General, 2 inside. …");
//             button "Find anything" (Ctrl+K) opens a combobox of that name; button "Open a new room"; button "NAME, your settings"
//             dialog "Open a new room": textbox "Name", "Icon", "Topic", "At most"; button "Open the room"
//   room      heading = the room's name; region "Voice in …"; per person a button that begins with
//             the name ("Bo, speaking. Volume and actions"; oneself: "You, …"); button "Copy the link";
//             complementary "People"; button "Connection …" opens dialog "Connection"
//   person    dialog = the person's name: slider "Volume, only for you", switch "Mute for me"
//   chat      region "Messages" with log "Messages in ROOM"; textbox "Write to the room"; buttons "Send",
//             "Emoji"; per message an article that begins with the name ("Bo, 14:05"), its tools "React",
//             "Reply", "More"; dialog of More: "Copy text", "Edit", "Delete"; status of one's own: "Not sent"
//   direct    list "Direct" of buttons that begin with the name; heading = the name; log "Messages with NAME";
//             textbox "Write to NAME"; button "Message" in a person's dialog opens it
//   call      alertdialog "NAME is calling": buttons "Decline", "Answer"; button "Call" in a person's dialog and
//             in the conversation; region "Call with NAME": "Cancel the call", "Mute", "Hang up", "Back to ROOM", "Call back"
//   dock      region "Your voice": buttons "Mute", "Deafen" (aria-pressed), "Use microphone",
//             "Voice and sound settings", "Leave voice"
//   banners   status "Reconnecting to the server", alert "Voice is interrupted" with "Try now"
//   gone      heading "You moved to another tab"; button "Use Hearth here"

import type { MicrophoneTrouble, Trouble } from "../engine/stores";
import { call } from "./call/en";
import { chat } from "./chat/en";
import { narrow } from "./find/en";
import { grammar as grammarOf } from "./grammar";
import { line } from "./line/en";
import { moderate, order } from "./order/en";
import { sound } from "./sound/en";

const NUMBERS = [
  "No",
  "One",
  "Two",
  "Three",
  "Four",
  "Five",
  "Six",
  "Seven",
  "Eight",
  "Nine",
  "Ten",
];

const grammar = grammarOf("en-GB");
const names = (list: readonly string[]) => grammar.names(list, (count) => `${count} more`);
const people = (count: number) => grammar.count(count, "person", "people");

export const en = {
  hearth: "Hearth",
  skip: "Skip to the room",
  close: "Close",
  cancel: "Cancel",
  back: "Back to rooms",
  you: "You",

  join: {
    title: "Pull up a chair.",
    lede: "Pick a name and walk in. Nothing to install, no account.",
    destination: "You are going to ",
    inside: (count: number) => (count ? `${people(count)} inside.` : "Nobody is inside yet."),
    name: "Your name",
    nameHint: "2 to 20 characters. No account, no e-mail.",
    coat: "Your coat",
    coatOf: (number: number) => `Coat ${number}`,
    emoji: "Emoji",
    microphone: "Microphone",
    speaker: "Speaker",
    byDefault: "The browser’s choice",
    level: "Microphone level",
    check: "Check microphone",
    hears: "We hear you",
    quiet: "Say something",
    asking: "The browser is asking for your microphone. Choose Allow.",
    test: "Test",
    muted: "Come in muted",
    talk: "Join with microphone",
    listen: "Just listen",
    coming: "Walking in…",
    again: "Ask again",
    second: (name: string) =>
      name
        ? `Hearth is open as ${name} in another tab. Here you come in as somebody else, or you take over.`
        : "Hearth is open in another tab. Here you come in as somebody else, or you take over.",
    takeOver: "Use Hearth here",
  },

  microphone: {
    denied: {
      title: "The browser is blocking your microphone",
      text: "Nobody can hear you until it is allowed. You can still come in and listen.",
      steps: [
        "Click the icon left of the address.",
        "Set Microphone to Allow.",
        "Come back here. We notice by ourselves.",
      ],
    },
    missing: {
      title: "We found no microphone",
      text: "Plug one in, we notice by ourselves. Until then you can listen.",
      steps: [],
    },
    in_use: {
      title: "Another program has your microphone",
      text: "Close what is using it, then ask again. Until then you can listen.",
      steps: [],
    },
    insecure: {
      title: "This page was opened without encryption",
      text: "Browsers only give a microphone to https pages and to localhost. You can listen here; to speak, use the secure address.",
      steps: [],
    },
    other: {
      title: "Your microphone did not start",
      text: "Nobody can hear you yet. Ask again, or choose another one. You can still listen.",
      steps: [],
    },
  } satisfies Record<MicrophoneTrouble, { title: string; text: string; steps: string[] }>,
  host: "You host this server?",
  hostHint: "Put it behind a certificate, or open it as localhost on this machine.",

  rooms: {
    password: "Password",
    locked: (name: string) => `${name} is locked`,
    lockedHint: "Ask somebody who is inside for the password.",
    enter: "Walk in",
    list: "Rooms",
    lit: (count: number) =>
      count === 0
        ? "No room is lit yet"
        : `${NUMBERS[count] ?? count} ${count === 1 ? "room is" : "rooms are"} lit`,
    sum: (count: number) =>
      count === 0
        ? "Walk into any of them; everyone sees the light."
        : `${people(count)} ${count === 1 ? "is" : "are"} talking or listening. Walk in whenever you like.`,
    talking: (list: readonly string[]) =>
      `${names(list)} ${list.length === 1 ? "is" : "are"} talking`,
    still: "Nobody is talking right now",
    empty: "Empty. Be the first one in.",
    emptyShort: "Empty",
    inside: (count: number) => (count ? `${count} inside` : "empty"),
    also: (list: readonly string[]) => `Inside: ${list.join(", ")}`,
    open: "Open a new room",
    openHint: "Give it a name and an icon; it is there for everyone.",
    own: {
      open: "It is there for everyone, as long as the server runs.",
      locked: "Everyone sees it; whoever has the password walks in.",
      hidden: "It is hidden from the list; whoever has the link walks in.",
      both: "It is hidden from the list; whoever has the link and the password walks in.",
    },
    name: "Name",
    icon: "Icon",
    topic: "Topic",
    topicHint: "What is it for?",
    limit: "At most",
    noLimit: "No limit",
    optional: "optional",
    people: "people",
    create: "Open the room",
    settings: "your settings",
    full: (name: string, count: number, most: number) => `${name} is full (${count} of ${most})`,
    fullName: (name: string) => `${name} is full`,
    fullHint: "We let you in when somebody leaves.",
    fullUnlisted:
      "It is in no list, so we ask again every now and then, and let you in when somebody leaves.",
    fullStill: "It was full for half an hour, and we do not ask any more. You can.",
    fullLeave: "Don’t wait",
    loading: "Looking who is here…",
    elsewhere: "Elsewhere",
    inRoom: (room: string) => `in ${room}`,
  },

  palette: {
    title: "Find anything",
    hint: "A room, a person, a message, something to do",
    groups: { rooms: "Rooms", people: "People", commands: "Commands", messages: "Messages" },
    none: (text: string) => `Nothing is called “${text}”.`,
    mute: "Mute my microphone",
    unmute: "Speak again",
    deafen: "Deafen: hear and send nothing",
    undeafen: "Hear the room again",
    night: "Make it night",
    day: "Make it day",
    rooms: "Show the rooms",
  },

  room: {
    voiceIn: (room: string) => `Voice in ${room}`,
    front: (shown: number, all: number) => `Up front: ${shown} of ${people(all)}`,
    listening: "Listening",
    moves: "Whoever speaks moves up front.",
    more: (count: number) => `and ${count} more`,
    first: "You’re the first one here",
    firstHint: "The room stays open. Anyone with the link can walk in.",
    copy: "Copy the link",
    copied: "Copied",
    people: "People",
    inHere: (room: string) => `In ${room}`,
    actions: "Volume and actions",
    state: {
      speaking: "speaking",
      open: "mic on",
      muted: "muted",
      deafened: "deafened",
      listening: "listening",
      joining: "coming in",
      blocked: "muted for me",
      weak: "weak line",
      deaf: "can’t hear you",
      unheard: "can’t be heard",
      elsewhere: "out of earshot",
    },
    repair: {
      deaf: (list: readonly string[]) => `${names(list)} can’t hear you.`,
      unheard: (list: readonly string[]) => `You can’t hear ${names(list)}.`,
      path: "Opening a new path",
      others: (count: number) =>
        count === 1 ? "; the other one hears you fine" : `; the other ${count} hear you fine`,
    },
  },

  mini: { title: "Mini panel" },

  chat,

  direct: {
    title: "Direct",
    none: "Nobody yet. Choose a person to write to.",
    online: "here now",
    away: "away",
    message: "Message",
  },

  moderate,

  moved: {
    kicked: (by: string, room: string) => `${by} sent you out of ${room}. You may come back.`,
    banned: (by: string, room: string) => `${by} banned you from ${room}.`,
    deleted: (_: string, room: string) => `${room} was closed by its owner.`,
    moved: (by: string, room: string) => `${by} moved you here from ${room}.`,
  },

  roles: { member: "member", moderator: "moderator", owner: "owner" },

  call,

  narrow,

  order,

  sound,

  dock: {
    title: "Your voice",
    live: "Live in",
    joining: "Walking into",
    off: "Not connected",
    on: "Mic is on, others hear you",
    push: (key: string) => `Hold ${key} to talk`,
    pushed: "Others hear you",
    hold: "Hold to talk",
    muted: "Muted. Nothing is sent.",
    deafened: "Deafened. You hear and send nothing.",
    listening: "Listening only. Nothing is sent.",
    talkingMuted: "You are muted. Press M to speak.",
    recording: "Recording. The room does not hear you.",
    unheard: "Nobody hears you right now",
    mute: "Mute",
    deafen: "Deafen",
    use: "Use microphone",
    settings: "Voice and sound settings",
    leave: "Leave voice",
  },

  person: {
    volume: "Volume, only for you",
    block: "Mute for me",
    blockHint: (name: string) => `The server stops sending you ${name}. ${name} is not told.`,
    elsewhere: (name: string) =>
      `${name} is on another node of this server. You see and read each other, but neither hears the other.`,
    self: "This is how the others see you.",
    percent: (value: number) => `${value} percent`,
  },

  line,

  banner: {
    reconnecting: [
      "Reconnecting to the server.",
      "Your voice is still connected; the rest will catch up.",
    ],
    reconnectingAlone: ["Reconnecting to the server.", "Nothing is lost; we keep trying."],
    lost: (seconds: number) => [
      "Voice is interrupted.",
      `Nobody hears you right now. Trying again${seconds > 0 ? ` in ${seconds} s` : " now"}.`,
    ],
    repairing: ["Voice is interrupted.", "Opening a new path; do nothing."],
    tryNow: "Try now",
    noMicrophone: "Nobody hears you until there is one; we notice by ourselves.",
    restarted: ["The server restarted.", "You are back in, nothing is lost."],
    silenced: ["The browser keeps this page silent until you touch it.", "Then you hear the room."],
    listen: "Listen",
  },

  shell: {
    renewed: [
      "A new version of Hearth is ready.",
      "Loading it takes a moment; you come back to where you are.",
    ],
    load: "Load it",
    later: "Later",
  },

  notices: {
    ask: ["Somebody wrote to you while you were away.", "Hearth can tell you the next time."],
    yes: "Tell me",
    no: "No, thanks",
    setting: [
      "Tell me when somebody writes to me",
      "Mentions and direct messages, while Hearth is not in view.",
    ],
    blocked: "The browser blocks notices for this page.",
  },

  gone: {
    title: "You moved to another tab",
    text: "Hearth is open somewhere else, and your voice went with it. Nothing is sent from here.",
    here: "Use Hearth here",
  },

  settings: {
    title: "Settings",
    close: "Close settings",
    sections: { sound: "Voice and sound", you: "You", look: "Look", keys: "Shortcuts" },
    device: "Device",
    gate: "Send only what is louder",
    gateOff: "everything is sent",
    gateOffHint: "Everything is sent. Move the mark to send only what is louder.",
    gateHint: "Sends only what is louder than the mark",
    decibel: (value: number) => `${Math.round(value)} dB`.replace("-", "−"),
    noise: "Noise reduction",
    noises: { off: "Off", browser: "Standard", strong: "Strong" },
    noiseHint: {
      off: "Others hear your room as it is.",
      browser: "The browser takes fans and keyboards out of what you send.",
      strong: "Takes nearly everything out but your voice; your voice is 20 ms later.",
    },
    echo: ["Echo cancellation", "Leave it on unless everyone wears headphones."],
    gain: ["Even out my volume", "Turns quiet voices up, loud ones down."],
    music: "What you send",
    musics: { off: "Voice", "64k": "Music 64", "96k": "96", "128k": "128 kbit/s" },
    musicHint: {
      off: "A voice: clear and small.",
      on: "Your sound goes out as it is, in stereo: no echo, noise or volume control. Use headphones.",
    },
    push: ["Push to talk", "You are heard only while you hold a key. Never while you type."],
    pushKey: "Hold to talk:",
    otherKey: "Another key",
    pressKey: "Press a key…",
    hold: "Hold to talk",
    sounds: ["Coming and going is heard", "Silent by itself above 8 people; only you hear it."],
    status: "Status",
    statusHint: "A few words under your name, as in “on a train till four”.",
    youHint: "The others see it at once.",
    keep: "Keep it",
    kept: "Kept",
    bluetooth: [
      "Sounds like a phone call?",
      "Bluetooth drops its quality while its own microphone is on. Choose another microphone, or just listen.",
    ],
    awake: ["Keep the screen on in a room", "A locked phone stops sending your voice."],
    language: "Language",
    bySystem: "The browser’s language",
    light: "Light",
    lights: { system: "System", night: "Night", day: "Day" },
    lightHint: "Night is firelight in a dark room, day the same room with the shutters open.",
    keys: [
      ["M", "Mute or speak"],
      ["D", "Deafen or hear"],
      ["Ctrl K", "Find anything"],
      ["↑", "Change what you wrote last"],
      ["Esc", "Close what is open"],
    ],
    stop: "Only listen from now on",
    stopHint: "Lets go of the microphone; the others see that you listen.",
  },

  tabs: { title: "Main", rooms: "Rooms", voice: "Voice", chat: "Chat", direct: "Direct" },

  tooMuch: (seconds: number) =>
    `That was a lot at once. You can try again in ${seconds > 90 ? `${Math.ceil(seconds / 60)} min` : `${seconds} s`}.`,

  trouble: {
    name_taken: "Somebody with this name is here. Pick another one.",
    name_invalid: "2 to 20 letters, digits, spaces or _ - . please.",
    room_full: "The room is full. Try again when somebody leaves.",
    room_gone: "This room is no longer there.",
    room_exists: "There is already a room of this name. Pick another one.",
    room_invalid: "1 to 30 characters for the name, and one emoji as its icon.",
    password_missing: "A locked room needs a password.",
    too_many_rooms: "This server has as many rooms as it takes.",
    rate_limited: "That was a lot at once. Wait a few seconds and try again.",
    busy: "The server is full at the moment. Try again in a minute.",
    forbidden: "You may not do that here.",
    message_gone: "That message is not there any more.",
    message_invalid: "That cannot be sent as it is.",
    too_many_reactions: "There are as many different emoji under it as there may be.",
    banned: "You are banned from this room.",
    wrong_password: "That is not the password.",
    guests_closed: "This server takes no guests.",
    offline: "The server does not answer. We keep trying.",
    other: "That did not work. Try again, or load the page anew.",
  } satisfies Record<Trouble, string>,

  said: {
    joined: (name: string) => `${name} joined`,
    left: (name: string) => `${name} left`,
    muted: "Muted. Nothing is sent.",
    unmuted: "Microphone on",
    deafened: "Deafened",
    undeafened: "You hear the room again",
    reconnecting: "Reconnecting to the server",
    reconnected: "Connected again",
  },
};
