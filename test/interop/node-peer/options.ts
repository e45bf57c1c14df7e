import { parseArgs } from "node:util";

export type Mode = "report" | "echo" | "sink";

/** What every peer program is told when it starts. */
export interface ProgramOptions {
  readonly localAddress: string;
  readonly port: number;
  readonly udpPort: number;
  readonly mode: Mode;
  readonly listen: boolean;
  readonly streams: number;
  readonly receiveBuffer: number;
  readonly udpBuffer: number;
}

const number = { type: "string" } as const;

export function readOptions(): ProgramOptions {
  const { values } = parseArgs({
    options: {
      local: { type: "string", multiple: true },
      port: number,
      "udp-port": number,
      mode: { type: "string" },
      listen: { type: "boolean" },
      streams: number,
      "receive-buffer": number,
      "send-buffer": number,
      "udp-buffer": number,
    },
  });
  const [localAddress, ...others] = values.local ?? [];
  if (localAddress === undefined || others.length > 0) throw new TypeError("one --local is needed");
  return {
    localAddress,
    port: Number(values.port),
    udpPort: Number(values["udp-port"]),
    mode: (values.mode ?? "report") as Mode,
    listen: values.listen ?? false,
    streams: Number(values.streams ?? 16),
    receiveBuffer: Number(values["receive-buffer"] ?? 1 << 20),
    udpBuffer: Number(values["udp-buffer"] ?? 0),
  };
}
