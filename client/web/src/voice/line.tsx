// The line to the server: a verdict in words, the numbers behind it, copyable.

import {
  ChartNoAxesColumnIncreasing as Bars,
  Check,
  ChevronDown,
  Copy,
  RotateCw,
} from "lucide-react";
import { useState } from "react";
import { useStore } from "zustand";
import { type CallState, call, type HeardTalker, people, type Quality } from "../engine/stores";
import { face, lay } from "../face";
import { CloseButton, Layer } from "../look/layer";
import { words } from "../words";
import { copy } from "./copy";
import { loss, verdict } from "./verdict";

const kbit = (rate: number) => `${Math.round(rate / 1000)} kbit/s`;
const percent = (share: number | undefined) =>
  share === undefined ? "·" : `${(share * 100).toFixed(1)} %`;
const ms = (value: number | undefined) => (value === undefined ? "·" : `${value} ms`);

/** The figures in the head of the room; opens the rest. */
export function LineButton() {
  const { phase, quality } = useStore(call);
  const open = useStore(face, (state) => state.over?.kind === "line");
  const said = verdict(phase, quality);
  const steady = phase === "connected";
  const lost = loss(quality);
  return (
    <button
      className="conn"
      type="button"
      aria-haspopup="dialog"
      aria-expanded={open}
      onClick={(event) => lay({ kind: "line", at: event.currentTarget.getBoundingClientRect() })}
    >
      <span className="vh">{words.line.label(words.line[said])}</span>
      {phase === "repairing" ? <RotateCw className="ic-s spin" /> : <Bars className="ic-s" />}
      <span>
        {steady && quality?.roundTripMs !== undefined ? ms(quality.roundTripMs) : words.line[said]}
      </span>
      {steady && lost !== undefined && (
        <span className="conn-loss">
          {percent(lost)} <span className="vh">{words.line.loss}</span>
        </span>
      )}
      <ChevronDown className="ic-s" />
    </button>
  );
}

/** The figures. */
export function LinePanel({ at, onclose }: { at: DOMRect; onclose: () => void }) {
  const { phase, quality, trips, closed } = useStore(call);
  const [copied, setCopied] = useState(false);
  const said = verdict(phase, quality);
  const [short, long] = words.line.sentence[said](ms(quality?.roundTripMs));
  return (
    <Layer className="stats" anchor={at} onclose={onclose}>
      {(headingId) => (
        <>
          <div className="pop-h">
            <h2 id={headingId}>{words.line.title}</h2>
            <CloseButton small onclose={onclose} />
          </div>
          <p className="st-sum">
            <Bars />
            <span>
              <b>{short}</b> {long}
            </span>
          </p>
          {closed && <p className="hint">{words.line.closed[closed]}</p>}
          <Spark trips={trips} />
          <Figures quality={quality} />
          <Talkers talkers={quality?.talkers ?? []} />
          <button
            className="btn text small"
            type="button"
            onClick={() => void copy(report({ phase, closed, quality, trips })).then(setCopied)}
          >
            {copied ? <Check /> : <Copy />}
            {copied ? words.room.copied : words.line.copy}
          </button>
        </>
      )}
    </Layer>
  );
}

function Figures({ quality }: { quality: Quality | undefined }) {
  const rows: [string, string, string][] = [
    [words.line.rate, kbit(quality?.sendRate ?? 0), kbit(quality?.hearRate ?? 0)],
    [words.line.loss, percent(quality?.sendLoss), percent(quality?.hearLoss)],
    [words.line.jitter, ms(quality?.sendJitterMs), ms(quality?.hearJitterMs)],
    [words.line.buffer, "·", ms(quality?.bufferMs)],
  ];
  return (
    <>
      <table>
        <thead>
          <tr>
            <td />
            <th scope="col">{words.line.send}</th>
            <th scope="col">{words.line.hear}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, send, hear]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{send}</td>
              <td>{hear}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <dl className="facts">
        <div>
          <dt>{words.line.way}</dt>
          <dd>{quality?.way ?? "·"}</dd>
        </div>
        <div>
          <dt>{words.line.cipher}</dt>
          <dd>{[quality?.cipher, quality?.tls].filter(Boolean).join(", ") || "·"}</dd>
        </div>
      </dl>
    </>
  );
}

/** How each voice arrives. */
function Talkers({ talkers }: { talkers: readonly HeardTalker[] }) {
  const here = useStore(people, (state) => state.here);
  const known = talkers.filter(({ number }) => here.has(number));
  if (!known.length) return null;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{words.line.talkers}</th>
          <th scope="col">{words.line.rate}</th>
          <th scope="col">{words.line.loss}</th>
          <th scope="col">{words.line.jitter}</th>
        </tr>
      </thead>
      <tbody>
        {known.map(({ number, rate, loss, jitterMs }) => (
          <tr key={number}>
            <th scope="row">{here.get(number)?.name}</th>
            <td>{kbit(rate)}</td>
            <td>{percent(loss)}</td>
            <td>{ms(jitterMs)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const WIDTH = 240;
const HEIGHT = 48;

/** Round trips of the last minute. */
function Spark({ trips }: { trips: readonly number[] }) {
  if (trips.length < 2) return null;
  const low = Math.min(...trips);
  const high = Math.max(...trips);
  const top = Math.max(high * 1.25, 20);
  const points = trips.map((trip, index) => {
    const x = (index / (trips.length - 1)) * WIDTH;
    return `${x.toFixed(1)} ${(HEIGHT - (trip / top) * HEIGHT).toFixed(1)}`;
  });
  return (
    <svg
      className="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={words.line.trips(low, high)}
    >
      <path className="grid" d={`M0 12h${WIDTH}M0 36h${WIDTH}`} />
      <path d={`M${points.join("L")}`} />
    </svg>
  );
}

type Reported = Pick<CallState, "phase" | "closed" | "quality" | "trips">;

/** What a bug report needs, without a name or an address. */
function report({ quality, ...rest }: Reported): string {
  const at = new Date().toISOString();
  return JSON.stringify({ at, ...rest, ...quality, browser: navigator.userAgent }, null, 2);
}
