// One of several devices.

import { ChevronDown } from "lucide-react";
import { useId } from "react";
import type { Device } from "../engine/stores";
import { words } from "../words";

interface Props {
  label: string;
  devices: readonly Device[];
  chosen: string;
  onchoose: (id: string) => void;
}

export function DeviceChoice({ label, devices, chosen, onchoose }: Props) {
  const id = useId();
  const there = devices.some((device) => device.id === chosen);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="select">
        <select
          id={id}
          value={there ? chosen : ""}
          onChange={(event) => onchoose(event.target.value)}
        >
          <option value="">{words.join.byDefault}</option>
          {devices.map((device) => (
            <option key={device.id} value={device.id}>
              {device.label || device.id.slice(0, 8)}
            </option>
          ))}
        </select>
        <ChevronDown />
      </div>
    </div>
  );
}
