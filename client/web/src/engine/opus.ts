// What an offer asks of Opus. Pure.
//
// The server answers each section with what its offer asks for, so the offer alone decides.

/** Music goes out in stereo at this many kbit/s; a voice as the browser sees fit. */
export type MusicRate = 64 | 96 | 128;

/**
 * The offer with its receiving sections ready for stereo, which Chromium does not ask for by
 * itself, and its sending section for music or not.
 */
export function tuned(offer: string, music: MusicRate | undefined): string {
  const [session = "", ...sections] = offer.split(/(?=^m=)/m);
  return [session, ...sections.map((section) => tune(section, music))].join("");
}

function tune(section: string, music: MusicRate | undefined): string {
  const payload = /^a=rtpmap:(\d+) opus\/48000/im.exec(section)?.[1];
  const sends = /^a=sendonly/m.test(section);
  if (payload === undefined) return section;
  const wanted: string[] = [];
  if (!sends || music) wanted.push("stereo=1");
  if (sends && music) wanted.push("sprop-stereo=1", `maxaveragebitrate=${music * 1000}`);
  const line = new RegExp(`^a=fmtp:${payload} (.*)$`, "m");
  return section.replace(line, (_, given: string) => {
    const kept = given
      .trim()
      .split(";")
      .filter((parameter) => !/^\s*(stereo|sprop-stereo|maxaveragebitrate)=/.test(parameter));
    return `a=fmtp:${payload} ${[...kept, ...wanted].join(";")}`;
  });
}
