// Every word that the page says, in Spanish.

import type { Words } from ".";
import { call } from "./call/es";
import { chat } from "./chat/es";
import { narrow } from "./find/es";
import { grammar as grammarOf } from "./grammar";
import { line } from "./line/es";
import { moderate, order } from "./order/es";
import { sound } from "./sound/es";

const grammar = grammarOf("es");
const names = (list: readonly string[]) => grammar.names(list, (count) => `${count} más`);
const people = (count: number) => grammar.count(count, "persona", "personas");
const is = (count: number) => (count === 1 ? "está" : "están");

export const es: Words = {
  hearth: "Hearth",
  skip: "Saltar a la sala",
  close: "Cerrar",
  cancel: "Cancelar",
  back: "Volver a las salas",
  you: "Tú",

  join: {
    title: "Acerca una silla.",
    lede: "Elige un nombre y entra. Nada que instalar, sin cuenta.",
    destination: "Vas a ",
    inside: (count) => (count ? `${people(count)} dentro.` : "Aún no hay nadie dentro."),
    name: "Tu nombre",
    nameHint: "De 2 a 20 caracteres. Sin cuenta, sin correo.",
    coat: "Tu color",
    coatOf: (number) => `Color ${number}`,
    emoji: "Emoji",
    microphone: "Micrófono",
    speaker: "Altavoz",
    byDefault: "El que elija el navegador",
    level: "Nivel del micrófono",
    check: "Probar el micrófono",
    hears: "Te oímos",
    quiet: "Di algo",
    asking: "El navegador pregunta por tu micrófono. Elige Permitir.",
    test: "Probar",
    muted: "Entrar en silencio",
    talk: "Entrar con micrófono",
    listen: "Solo escuchar",
    coming: "Entrando…",
    again: "Preguntar otra vez",
    second: (name) =>
      name
        ? `Hearth está abierto como ${name} en otra pestaña. Aquí entras como otra persona, o tomas su lugar.`
        : "Hearth está abierto en otra pestaña. Aquí entras como otra persona, o tomas su lugar.",
    takeOver: "Usar Hearth aquí",
  },

  microphone: {
    denied: {
      title: "El navegador bloquea tu micrófono",
      text: "Nadie te oye hasta que se permita. Puedes entrar y escuchar de todos modos.",
      steps: [
        "Pulsa el icono a la izquierda de la dirección.",
        "Pon Micrófono en Permitir.",
        "Vuelve aquí. Nos damos cuenta solos.",
      ],
    },
    missing: {
      title: "No encontramos ningún micrófono",
      text: "Conecta uno, nos damos cuenta solos. Hasta entonces puedes escuchar.",
      steps: [],
    },
    in_use: {
      title: "Otro programa tiene tu micrófono",
      text: "Cierra lo que lo usa y pregunta otra vez. Hasta entonces puedes escuchar.",
      steps: [],
    },
    insecure: {
      title: "Esta página se abrió sin cifrado",
      text: "Los navegadores solo dan el micrófono a páginas https y a localhost. Aquí puedes escuchar; para hablar, usa la dirección segura.",
      steps: [],
    },
    other: {
      title: "Tu micrófono no arrancó",
      text: "Aún no te oye nadie. Pregunta otra vez o elige otro. Escuchar sí puedes.",
      steps: [],
    },
  },
  host: "¿Este servidor es tuyo?",
  hostHint: "Ponlo detrás de un certificado, o ábrelo como localhost en esta máquina.",

  rooms: {
    password: "Contraseña",
    locked: (name) => `${name} está cerrada`,
    lockedHint: "Pide la contraseña a alguien que esté dentro.",
    enter: "Entrar",
    list: "Salas",
    lit: (count) =>
      count === 0
        ? "Aún no hay ninguna sala encendida"
        : grammar.count(count, "sala encendida", "salas encendidas"),
    sum: (count) =>
      count === 0
        ? "Entra en cualquiera; todos ven la luz."
        : `${people(count)} ${is(count)} hablando o escuchando. Entra cuando quieras.`,
    talking: (list) => `${names(list)} ${is(list.length)} hablando`,
    still: "Ahora no habla nadie",
    empty: "Vacía. Sé la primera persona.",
    emptyShort: "Vacía",
    inside: (count) => (count ? `${count} dentro` : "vacía"),
    also: (list) => `Dentro: ${list.join(", ")}`,
    open: "Abrir una sala nueva",
    openHint: "Dale un nombre y un icono; está ahí para todos.",
    own: {
      open: "Está ahí para todos mientras el servidor funcione.",
      locked: "Todos la ven; entra quien tiene la contraseña.",
      hidden: "No se muestra en la lista; entra quien tiene el enlace.",
      both: "No se muestra en la lista; entra quien tiene el enlace y la contraseña.",
    },
    name: "Nombre",
    icon: "Icono",
    topic: "Tema",
    topicHint: "¿Para qué es?",
    limit: "Como mucho",
    noLimit: "Sin límite",
    optional: "opcional",
    people: "personas",
    create: "Abrir la sala",
    settings: "tus ajustes",
    full: (name, count, most) => `${name} está llena (${count} de ${most})`,
    fullName: (name) => `${name} está llena`,
    fullHint: "Te dejamos entrar cuando salga alguien.",
    fullUnlisted:
      "No está en ninguna lista: preguntamos de vez en cuando y te dejamos entrar cuando salga alguien.",
    fullStill: "Lleva media hora llena y ya no preguntamos. Tú puedes hacerlo.",
    fullLeave: "No esperar",
    loading: "Mirando quién hay…",
    elsewhere: "En otra parte",
    inRoom: (room) => `en ${room}`,
  },

  palette: {
    title: "Buscar lo que sea",
    hint: "Una sala, una persona, algo que hacer",
    groups: { rooms: "Salas", people: "Personas", commands: "Órdenes", messages: "Mensajes" },
    none: (text) => `Nada se llama «${text}».`,
    mute: "Silenciar mi micrófono",
    unmute: "Volver a hablar",
    deafen: "Ensordecer: ni oír ni enviar",
    undeafen: "Volver a oír la sala",
    night: "Hacer de noche",
    day: "Hacer de día",
    rooms: "Mostrar las salas",
  },

  room: {
    voiceIn: (room) => `Voz en ${room}`,
    front: (shown, all) => `Delante: ${shown} de ${people(all)}`,
    listening: "Escuchando",
    moves: "Quien habla pasa adelante.",
    more: (count) => `y ${count} más`,
    first: "Llegas en primer lugar",
    firstHint: "La sala sigue abierta. Quien tenga el enlace puede entrar.",
    copy: "Copiar el enlace",
    copied: "Copiado",
    people: "Personas",
    inHere: (room) => `En ${room}`,
    actions: "Volumen y acciones",
    state: {
      speaking: "habla",
      open: "micro abierto",
      muted: "en silencio",
      deafened: "sin oír",
      listening: "escucha",
      joining: "entrando",
      blocked: "en silencio para mí",
      weak: "línea débil",
      deaf: "no te oye",
      unheard: "no se le oye",
      elsewhere: "fuera del alcance",
    },
    repair: {
      deaf: (list) => `${names(list)} no te ${list.length === 1 ? "oye" : "oyen"}.`,
      unheard: (list) => `No oyes a ${names(list)}.`,
      path: "Se abre un camino nuevo",
      others: (count) =>
        count === 1 ? "; la otra persona te oye bien" : `; los otros ${count} te oyen bien`,
    },
  },

  mini: { title: "Panel pequeño" },

  chat,

  direct: {
    title: "Directo",
    none: "Aún nadie. Elige a quién escribir.",
    online: "está aquí",
    away: "no está",
    message: "Mensaje",
  },

  moderate,

  moved: {
    kicked: (by, room) => `${by} te ha echado de ${room}. Puedes volver.`,
    banned: (by, room) => `${by} te ha vetado en ${room}.`,
    deleted: (_, room) => `${room} se ha cerrado.`,
    moved: (by, room) => `${by} te ha traído aquí desde ${room}.`,
  },

  roles: { member: "miembro", moderator: "moderador", owner: "dueño" },

  call,

  narrow,

  order,

  sound,

  dock: {
    title: "Tu voz",
    live: "En directo en",
    joining: "Entrando en",
    off: "Sin conexión",
    on: "Micro abierto, te oyen",
    push: (key) => `Mantén ${key} para hablar`,
    pushed: "Te oyen",
    hold: "Mantén para hablar",
    muted: "En silencio. No se envía nada.",
    deafened: "Ni oyes ni envías nada.",
    listening: "Solo escuchas. No se envía nada.",
    talkingMuted: "Estás en silencio. Pulsa M para hablar.",
    recording: "Grabando. La sala no te oye.",
    unheard: "Ahora no te oye nadie",
    mute: "Silenciar",
    deafen: "Ensordecer",
    use: "Usar el micrófono",
    settings: "Ajustes de voz y sonido",
    leave: "Dejar la voz",
  },

  person: {
    volume: "Volumen, solo para ti",
    block: "Silenciar para mí",
    blockHint: (name) => `El servidor deja de enviarte a ${name}. No se le avisa.`,
    elsewhere: (name) =>
      `${name} está en otro nodo de este servidor. Os veis y os leéis, pero no os oís.`,
    self: "Así te ven los demás.",
    percent: (value) => `${value} por ciento`,
  },

  line,

  banner: {
    reconnecting: [
      "Reconectando con el servidor.",
      "Tu voz sigue conectada; lo demás se pondrá al día.",
    ],
    reconnectingAlone: [
      "Reconectando con el servidor.",
      "No se pierde nada; seguimos intentándolo.",
    ],
    lost: (seconds) => [
      "La voz está interrumpida.",
      `Ahora no te oye nadie. Nuevo intento ${seconds > 0 ? `en ${seconds} s` : "ya"}.`,
    ],
    repairing: ["La voz está interrumpida.", "Se abre un camino nuevo; no hagas nada."],
    tryNow: "Intentar ya",
    noMicrophone: "Nadie te oye hasta que haya uno; nos damos cuenta solos.",
    restarted: ["El servidor se reinició.", "Estás dentro otra vez, no se perdió nada."],
    silenced: ["El navegador calla esta página hasta que la toques.", "Entonces oyes la sala."],
    listen: "Escuchar",
  },

  shell: {
    renewed: [
      "Hay una versión nueva de Hearth.",
      "Cargarla tarda un momento; vuelves a donde estás.",
    ],
    load: "Cargarla",
    later: "Más tarde",
  },

  notices: {
    ask: ["Alguien te escribió mientras no estabas.", "Hearth puede avisarte la próxima vez."],
    yes: "Avísame",
    no: "No, gracias",
    setting: [
      "Avisarme cuando alguien me escriba",
      "Menciones y mensajes directos, mientras Hearth no está a la vista.",
    ],
    blocked: "El navegador bloquea los avisos de esta página.",
  },

  gone: {
    title: "Te fuiste a otra pestaña",
    text: "Hearth está abierto en otro sitio y tu voz se fue con él. Desde aquí no se envía nada.",
    here: "Usar Hearth aquí",
  },

  settings: {
    title: "Ajustes",
    close: "Cerrar los ajustes",
    sections: { sound: "Voz y sonido", you: "Tú", look: "Aspecto", keys: "Atajos" },
    device: "Dispositivo",
    gate: "Enviar solo lo que suene más",
    gateOff: "se envía todo",
    gateOffHint: "Se envía todo. Mueve la marca para enviar solo lo que suene más.",
    gateHint: "Envía solo lo que suene más que la marca",
    decibel: (value) => `${Math.round(value)} dB`.replace("-", "−"),
    noise: "Reducción de ruido",
    noises: { off: "No", browser: "Normal", strong: "Fuerte" },
    noiseHint: {
      off: "Los demás oyen tu cuarto tal como es.",
      browser: "El navegador quita ventiladores y teclados de lo que envías.",
      strong: "Quita casi todo menos tu voz, que llega 20 ms más tarde.",
    },
    echo: ["Cancelación de eco", "Déjala puesta, salvo que todos lleven auriculares."],
    gain: ["Igualar mi volumen", "Sube las voces bajas y baja las altas."],
    music: "Lo que envías",
    musics: { off: "Voz", "64k": "Música 64", "96k": "96", "128k": "128 kbit/s" },
    musicHint: {
      off: "Una voz: clara y ligera.",
      on: "Tu sonido sale tal cual, en estéreo: sin control de eco, ruido ni volumen. Usa auriculares.",
    },
    push: ["Pulsar para hablar", "Te oyen solo mientras mantienes una tecla. Nunca al escribir."],
    pushKey: "Mantén para hablar:",
    otherKey: "Otra tecla",
    pressKey: "Pulsa una tecla…",
    hold: "Mantén para hablar",
    sounds: ["Se oye quién entra y sale", "Calla solo con más de 8 personas; lo oyes solo tú."],
    status: "Estado",
    statusHint: "Unas palabras bajo tu nombre, como «en el tren hasta las cuatro».",
    youHint: "Los demás lo ven al momento.",
    keep: "Guardar",
    kept: "Guardado",
    bluetooth: [
      "¿Suena como un teléfono?",
      "Bluetooth pierde calidad mientras su propio micrófono está abierto. Elige otro, o solo escucha.",
    ],
    awake: ["Pantalla encendida en una sala", "Un teléfono bloqueado deja de enviar tu voz."],
    language: "Idioma",
    bySystem: "El del navegador",
    light: "Luz",
    lights: { system: "Sistema", night: "Noche", day: "Día" },
    lightHint: "La noche es luz de fuego en una sala oscura; el día, la misma sala abierta.",
    keys: [
      ["M", "Silenciar o hablar"],
      ["D", "Ensordecer u oír"],
      ["Ctrl K", "Buscar lo que sea"],
      ["↑", "Cambiar lo último que escribiste"],
      ["Esc", "Cerrar lo que esté abierto"],
    ],
    stop: "Desde ahora, solo escuchar",
    stopHint: "Suelta el micrófono; los demás ven que escuchas.",
  },

  tabs: { title: "Principal", rooms: "Salas", voice: "Voz", chat: "Chat", direct: "Directo" },

  tooMuch: (seconds) =>
    `Eso fue mucho de golpe. Puedes probar otra vez en ${seconds > 90 ? `${Math.ceil(seconds / 60)} min` : `${seconds} s`}.`,

  trouble: {
    name_taken: "Hay alguien con este nombre. Elige otro.",
    name_invalid: "De 2 a 20 letras, cifras, espacios o _ - . por favor.",
    room_full: "La sala está llena. Prueba cuando salga alguien.",
    room_gone: "Esta sala ya no existe.",
    room_exists: "Ya hay una sala con este nombre. Elige otro.",
    room_invalid: "De 1 a 30 caracteres para el nombre y un emoji como icono.",
    password_missing: "Una sala cerrada necesita una contraseña.",
    too_many_rooms: "Este servidor tiene tantas salas como admite.",
    rate_limited: "Eso fue mucho de golpe. Espera unos segundos y prueba otra vez.",
    busy: "El servidor está lleno. Prueba dentro de un minuto.",
    forbidden: "Aquí no puedes hacer eso.",
    message_gone: "Ese mensaje ya no está.",
    message_invalid: "Así no se puede enviar.",
    too_many_reactions: "Ya hay debajo tantos emoji distintos como caben.",
    banned: "Estás vetado en esta sala.",
    wrong_password: "Esa no es la contraseña.",
    guests_closed: "Este servidor no admite invitados.",
    offline: "El servidor no responde. Seguimos intentándolo.",
    other: "No funcionó. Prueba otra vez o recarga la página.",
  },

  said: {
    joined: (name) => `${name} ha entrado`,
    left: (name) => `${name} ha salido`,
    muted: "En silencio. No se envía nada.",
    unmuted: "Micrófono abierto",
    deafened: "Sin oír",
    undeafened: "Oyes la sala otra vez",
    reconnecting: "Reconectando con el servidor",
    reconnected: "Conexión recuperada",
  },
};
