// Every word that the page says, in German. The second person is "du", as among people in a room.

import type { Words } from ".";
import { call } from "./call/de";
import { chat } from "./chat/de";
import { narrow } from "./find/de";
import { grammar as grammarOf } from "./grammar";
import { line } from "./line/de";
import { moderate, order } from "./order/de";
import { sound } from "./sound/de";

const grammar = grammarOf("de");
const names = (list: readonly string[]) => grammar.names(list, (count) => `${count} weitere`);
const people = (count: number) => grammar.count(count, "Person", "Personen");
const is = (count: number) => (count === 1 ? "ist" : "sind");

export const de: Words = {
  hearth: "Hearth",
  skip: "Zum Raum springen",
  close: "Schließen",
  cancel: "Abbrechen",
  back: "Zurück zu den Räumen",
  you: "Du",

  join: {
    title: "Setz dich dazu.",
    lede: "Such dir einen Namen aus und komm herein. Nichts zu installieren, kein Konto.",
    destination: "Du gehst nach ",
    inside: (count) => (count ? `${people(count)} darin.` : "Noch ist niemand darin."),
    name: "Dein Name",
    nameHint: "2 bis 20 Zeichen. Kein Konto, keine E-Mail.",
    coat: "Deine Farbe",
    coatOf: (number) => `Farbe ${number}`,
    emoji: "Emoji",
    microphone: "Mikrofon",
    speaker: "Lautsprecher",
    byDefault: "Wie der Browser wählt",
    level: "Mikrofonpegel",
    check: "Mikrofon prüfen",
    hears: "Wir hören dich",
    quiet: "Sag etwas",
    asking: "Der Browser fragt nach deinem Mikrofon. Wähle „Zulassen“.",
    test: "Probe",
    muted: "Stumm hereinkommen",
    talk: "Mit Mikrofon hereinkommen",
    listen: "Nur zuhören",
    coming: "Du kommst herein …",
    again: "Noch einmal fragen",
    second: (name) =>
      name
        ? `Hearth ist als ${name} in einem anderen Tab offen. Hier kommst du als jemand anderes herein, oder du übernimmst.`
        : "Hearth ist in einem anderen Tab offen. Hier kommst du als jemand anderes herein, oder du übernimmst.",
    takeOver: "Hearth hier benutzen",
  },

  microphone: {
    denied: {
      title: "Der Browser sperrt dein Mikrofon",
      text: "Niemand hört dich, bis es erlaubt ist. Du kannst trotzdem hereinkommen und zuhören.",
      steps: [
        "Klicke auf das Zeichen links neben der Adresse.",
        "Stelle das Mikrofon auf „Zulassen“.",
        "Komm hierher zurück. Wir merken es von selbst.",
      ],
    },
    missing: {
      title: "Wir haben kein Mikrofon gefunden",
      text: "Stecke eines ein, wir merken es von selbst. Bis dahin kannst du zuhören.",
      steps: [],
    },
    in_use: {
      title: "Ein anderes Programm hat dein Mikrofon",
      text: "Schließe, was es benutzt, und frage noch einmal. Bis dahin kannst du zuhören.",
      steps: [],
    },
    insecure: {
      title: "Diese Seite wurde ohne Verschlüsselung geöffnet",
      text: "Browser geben ein Mikrofon nur an https-Seiten und an localhost. Zuhören kannst du hier; zum Sprechen nimm die sichere Adresse.",
      steps: [],
    },
    other: {
      title: "Dein Mikrofon ist nicht angegangen",
      text: "Noch hört dich niemand. Frage noch einmal, oder wähle ein anderes. Zuhören geht trotzdem.",
      steps: [],
    },
  },
  host: "Betreibst du diesen Server?",
  hostHint: "Stelle ein Zertifikat davor, oder öffne ihn auf diesem Rechner als localhost.",

  rooms: {
    password: "Passwort",
    locked: (name) => `${name} ist abgeschlossen`,
    lockedHint: "Frag jemanden, der darin ist, nach dem Passwort.",
    enter: "Hineingehen",
    list: "Räume",
    lit: (count) =>
      count === 0
        ? "Noch ist kein Raum hell"
        : `${grammar.count(count, "Raum", "Räume")} ${is(count)} hell`,
    sum: (count) =>
      count === 0
        ? "Geh in irgendeinen hinein; alle sehen das Licht."
        : `${people(count)} ${is(count)} im Gespräch oder hören zu. Komm herein, wann du magst.`,
    talking: (list) => `${names(list)} ${list.length === 1 ? "spricht" : "sprechen"}`,
    still: "Gerade spricht niemand",
    empty: "Leer. Sei als Erstes da.",
    emptyShort: "Leer",
    inside: (count) => (count ? `${count} darin` : "leer"),
    also: (list) => `Darin: ${list.join(", ")}`,
    open: "Neuen Raum öffnen",
    openHint: "Gib ihm Namen und Zeichen; er ist für alle da.",
    own: {
      open: "Er ist für alle da, solange der Server läuft.",
      locked: "Alle sehen ihn; herein kommt, wer das Passwort hat.",
      hidden: "Er steht nicht in der Liste; herein kommt, wer den Link hat.",
      both: "Er steht nicht in der Liste; herein kommt, wer den Link und das Passwort hat.",
    },
    name: "Name",
    icon: "Zeichen",
    topic: "Thema",
    topicHint: "Wofür ist er?",
    limit: "Höchstens",
    noLimit: "Unbegrenzt",
    optional: "freiwillig",
    people: "Personen",
    create: "Raum öffnen",
    settings: "deine Einstellungen",
    full: (name, count, most) => `${name} ist voll (${count} von ${most})`,
    fullName: (name) => `${name} ist voll`,
    fullHint: "Wir lassen dich ein, sobald jemand geht.",
    fullUnlisted:
      "Er steht in keiner Liste; darum fragen wir ab und zu nach und lassen dich ein, sobald jemand geht.",
    fullStill: "Er war eine halbe Stunde lang voll, und wir fragen nicht mehr nach. Du kannst es.",
    fullLeave: "Nicht warten",
    loading: "Wir sehen nach, wer da ist …",
    elsewhere: "Anderswo",
    inRoom: (room) => `in ${room}`,
  },

  palette: {
    title: "Alles finden",
    hint: "Ein Raum, ein Mensch, etwas zu tun",
    groups: { rooms: "Räume", people: "Menschen", commands: "Befehle", messages: "Nachrichten" },
    none: (text) => `Nichts heißt „${text}“.`,
    mute: "Mein Mikrofon stumm schalten",
    unmute: "Wieder sprechen",
    deafen: "Nichts hören und nichts senden",
    undeafen: "Den Raum wieder hören",
    night: "Nacht machen",
    day: "Tag machen",
    rooms: "Die Räume zeigen",
  },

  room: {
    voiceIn: (room) => `Stimmen in ${room}`,
    front: (shown, all) => `Vorn: ${shown} von ${people(all)}`,
    listening: "Hören zu",
    moves: "Wer spricht, rückt nach vorn.",
    more: (count) => `und ${count} weitere`,
    first: "Du bist als Erstes hier",
    firstHint: "Der Raum bleibt offen. Wer den Link hat, kann hereinkommen.",
    copy: "Link kopieren",
    copied: "Kopiert",
    people: "Menschen",
    inHere: (room) => `In ${room}`,
    actions: "Lautstärke und mehr",
    state: {
      speaking: "spricht",
      open: "Mikrofon an",
      muted: "stumm",
      deafened: "hört nichts",
      listening: "hört zu",
      joining: "kommt herein",
      blocked: "für mich stumm",
      weak: "schwache Leitung",
      deaf: "hört dich nicht",
      unheard: "nicht zu hören",
      elsewhere: "außer Hörweite",
    },
    repair: {
      deaf: (list) => `${names(list)} ${list.length === 1 ? "hört" : "hören"} dich nicht.`,
      unheard: (list) => `Du hörst ${names(list)} nicht.`,
      path: "Ein neuer Weg wird geöffnet",
      others: (count) =>
        count === 1 ? "; die andere Person hört dich gut" : `; die anderen ${count} hören dich gut`,
    },
  },

  mini: { title: "Kleines Fenster" },

  chat,

  direct: {
    title: "Direkt",
    none: "Noch niemand. Wähle jemanden aus, um zu schreiben.",
    online: "gerade da",
    away: "nicht da",
    message: "Nachricht",
  },

  moderate,

  moved: {
    kicked: (by, room) => `${by} hat dich aus ${room} hinausgeschickt. Du darfst wiederkommen.`,
    banned: (by, room) => `${by} hat dich in ${room} gesperrt.`,
    deleted: (_, room) => `${room} wurde geschlossen.`,
    moved: (by, room) => `${by} hat dich aus ${room} hierher gebracht.`,
  },

  roles: { member: "Mitglied", moderator: "Moderation", owner: "Besitz" },

  call,

  narrow,

  order,

  sound,

  dock: {
    title: "Deine Stimme",
    live: "Live in",
    joining: "Auf dem Weg nach",
    off: "Nicht verbunden",
    on: "Mikrofon an, die anderen hören dich",
    push: (key) => `Zum Sprechen ${key} halten`,
    pushed: "Die anderen hören dich",
    hold: "Zum Sprechen halten",
    muted: "Stumm. Es wird nichts gesendet.",
    deafened: "Du hörst nichts und sendest nichts.",
    listening: "Du hörst nur zu. Es wird nichts gesendet.",
    talkingMuted: "Du bist stumm. Drücke M, um zu sprechen.",
    recording: "Aufnahme. Der Raum hört dich nicht.",
    unheard: "Gerade hört dich niemand",
    mute: "Stumm",
    deafen: "Nichts hören",
    use: "Mikrofon benutzen",
    settings: "Einstellungen für Stimme und Ton",
    leave: "Gespräch verlassen",
  },

  person: {
    volume: "Lautstärke, nur für dich",
    block: "Für mich stumm",
    blockHint: (name) => `Der Server schickt dir ${name} nicht mehr. ${name} erfährt es nicht.`,
    elsewhere: (name) =>
      `${name} ist auf einem anderen Knoten dieses Servers. Ihr seht und lest euch, aber hört euch nicht.`,
    self: "So sehen dich die anderen.",
    percent: (value) => `${value} Prozent`,
  },

  line,

  banner: {
    reconnecting: [
      "Die Verbindung zum Server wird erneuert.",
      "Deine Stimme ist weiter verbunden; der Rest holt auf.",
    ],
    reconnectingAlone: [
      "Die Verbindung zum Server wird erneuert.",
      "Nichts geht verloren; wir versuchen es weiter.",
    ],
    lost: (seconds) => [
      "Die Stimme ist unterbrochen.",
      `Gerade hört dich niemand. Nächster Versuch ${seconds > 0 ? `in ${seconds} s` : "jetzt"}.`,
    ],
    repairing: [
      "Die Stimme ist unterbrochen.",
      "Ein neuer Weg wird geöffnet; du musst nichts tun.",
    ],
    tryNow: "Jetzt versuchen",
    noMicrophone: "Niemand hört dich, bis eines da ist; wir merken es von selbst.",
    restarted: ["Der Server wurde neu gestartet.", "Du bist wieder darin, nichts ist verloren."],
    silenced: [
      "Der Browser hält diese Seite stumm, bis du sie berührst.",
      "Dann hörst du den Raum.",
    ],
    listen: "Hören",
  },

  shell: {
    renewed: [
      "Eine neue Version von Hearth ist da.",
      "Das Laden dauert einen Augenblick; du kommst dorthin zurück, wo du bist.",
    ],
    load: "Laden",
    later: "Später",
  },

  notices: {
    ask: [
      "Jemand hat dir geschrieben, während du weg warst.",
      "Hearth kann dir beim nächsten Mal Bescheid sagen.",
    ],
    yes: "Sag mir Bescheid",
    no: "Nein, danke",
    setting: [
      "Bescheid sagen, wenn mir jemand schreibt",
      "Erwähnungen und Direktnachrichten, solange Hearth nicht zu sehen ist.",
    ],
    blocked: "Der Browser sperrt Mitteilungen dieser Seite.",
  },

  gone: {
    title: "Du bist in einen anderen Tab gegangen",
    text: "Hearth ist woanders offen, und deine Stimme ging mit. Von hier wird nichts gesendet.",
    here: "Hearth hier benutzen",
  },

  settings: {
    title: "Einstellungen",
    close: "Einstellungen schließen",
    sections: { sound: "Stimme und Ton", you: "Du", look: "Aussehen", keys: "Tasten" },
    device: "Gerät",
    gate: "Nur senden, was lauter ist",
    gateOff: "alles wird gesendet",
    gateOffHint: "Alles wird gesendet. Mit der Marke nur, was lauter ist.",
    gateHint: "Sendet nur, was lauter ist als die Marke",
    decibel: (value) => `${Math.round(value)} dB`.replace("-", "−"),
    noise: "Rauschminderung",
    noises: { off: "Aus", browser: "Normal", strong: "Stark" },
    noiseHint: {
      off: "Die anderen hören deinen Raum, wie er ist.",
      browser: "Der Browser nimmt Lüfter und Tastaturen heraus.",
      strong: "Nimmt fast alles heraus außer deiner Stimme; sie kommt 20 ms später.",
    },
    echo: ["Echounterdrückung", "Lass sie an, außer alle tragen Kopfhörer."],
    gain: ["Meine Lautstärke ausgleichen", "Macht leise Stimmen lauter, laute leiser."],
    music: "Was du sendest",
    musics: { off: "Stimme", "64k": "Musik 64", "96k": "96", "128k": "128 kbit/s" },
    musicHint: {
      off: "Eine Stimme: klar und sparsam.",
      on: "Dein Ton geht hinaus, wie er ist, in Stereo: ohne Echo-, Rausch- und Lautstärkeregelung. Nimm Kopfhörer.",
    },
    push: ["Sprechtaste", "Man hört dich nur, solange du eine Taste hältst. Nie beim Tippen."],
    pushKey: "Zum Sprechen halten:",
    otherKey: "Andere Taste",
    pressKey: "Drücke eine Taste …",
    hold: "Zum Sprechen halten",
    sounds: ["Kommen und Gehen hören", "Über 8 Personen von selbst still; nur du hörst es."],
    status: "Status",
    statusHint: "Ein paar Worte unter deinem Namen, etwa „bis vier im Zug“.",
    youHint: "Die anderen sehen es sofort.",
    keep: "Behalten",
    kept: "Behalten",
    bluetooth: [
      "Klingt es wie ein Telefon?",
      "Bluetooth wird schlechter, solange sein eigenes Mikrofon an ist. Wähle ein anderes, oder höre nur zu.",
    ],
    awake: ["Bildschirm im Raum anlassen", "Ein gesperrtes Telefon sendet deine Stimme nicht."],
    language: "Sprache",
    bySystem: "Wie der Browser",
    light: "Licht",
    lights: { system: "System", night: "Nacht", day: "Tag" },
    lightHint: "Nacht ist Feuerschein im dunklen Raum, Tag derselbe Raum mit offenen Läden.",
    keys: [
      ["M", "Stumm oder sprechen"],
      ["D", "Nichts hören oder hören"],
      ["Strg K", "Alles finden"],
      ["↑", "Ändern, was du zuletzt geschrieben hast"],
      ["Esc", "Schließen, was offen ist"],
    ],
    stop: "Ab jetzt nur zuhören",
    stopHint: "Lässt das Mikrofon los; die anderen sehen, dass du zuhörst.",
  },

  tabs: { title: "Hauptbereiche", rooms: "Räume", voice: "Stimme", chat: "Chat", direct: "Direkt" },

  tooMuch: (seconds) =>
    `Das war viel auf einmal. In ${seconds > 90 ? `${Math.ceil(seconds / 60)} min` : `${seconds} s`} kannst du es noch einmal versuchen.`,

  trouble: {
    name_taken: "Jemand mit diesem Namen ist da. Such dir einen anderen aus.",
    name_invalid: "Bitte 2 bis 20 Buchstaben, Ziffern, Leerzeichen oder _ - .",
    room_full: "Der Raum ist voll. Versuche es, wenn jemand geht.",
    room_gone: "Diesen Raum gibt es nicht mehr.",
    room_exists: "Einen Raum mit diesem Namen gibt es schon. Such dir einen anderen aus.",
    room_invalid: "1 bis 30 Zeichen für den Namen und ein Emoji als Zeichen.",
    password_missing: "Ein verschlossener Raum braucht ein Passwort.",
    too_many_rooms: "Dieser Server hat so viele Räume, wie er fasst.",
    rate_limited: "Das war viel auf einmal. Warte ein paar Sekunden und versuche es noch einmal.",
    busy: "Der Server ist gerade voll. Versuche es in einer Minute noch einmal.",
    forbidden: "Das darfst du hier nicht.",
    message_gone: "Diese Nachricht gibt es nicht mehr.",
    message_invalid: "So lässt sich das nicht senden.",
    too_many_reactions: "Darunter stehen so viele verschiedene Emoji, wie es geht.",
    banned: "In diesem Raum bist du gesperrt.",
    wrong_password: "Das ist nicht das Passwort.",
    guests_closed: "Dieser Server nimmt keine Gäste auf.",
    offline: "Der Server antwortet nicht. Wir versuchen es weiter.",
    other: "Das ging nicht. Versuche es noch einmal, oder lade die Seite neu.",
  },

  said: {
    joined: (name) => `${name} ist gekommen`,
    left: (name) => `${name} ist gegangen`,
    muted: "Stumm. Es wird nichts gesendet.",
    unmuted: "Mikrofon an",
    deafened: "Du hörst nichts",
    undeafened: "Du hörst den Raum wieder",
    reconnecting: "Die Verbindung zum Server wird erneuert",
    reconnected: "Wieder verbunden",
  },
};
