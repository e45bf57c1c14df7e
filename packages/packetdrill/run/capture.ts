import { relative, resolve, sep } from "node:path";
import { encodeCaptureStart, encodeDatagram } from "usctp/driver";
import type { TestedHost } from "./tested-host.ts";

/**
 * Captures what the tested host sends and receives from now on, in the pcapng format; simulated time begins in 1970.
 * Returns what gives the capture as it stands.
 */
export function captureHost(host: TestedHost): () => Uint8Array {
  const { driver } = host;
  const { udpPort } = driver;
  const blocks: Uint8Array[] = [encodeCaptureStart("tested host")];
  const time = (): bigint => BigInt(Math.round(host.now * 1e6));
  driver.tap({
    onSent(bytes, source, destination, destinationPort) {
      const ends = { source, sourcePort: udpPort, destination, destinationPort };
      blocks.push(encodeDatagram({ bytes, ...ends, time: time(), direction: "out" }));
    },
    onReceived(bytes, source, sourcePort, destination) {
      const ends = { source, sourcePort, destination, destinationPort: udpPort };
      blocks.push(encodeDatagram({ bytes, ...ends, time: time(), direction: "in" }));
    },
  });
  return () => new Uint8Array(Buffer.concat(blocks));
}

/**
 * What captures of scripts are called: each script's path below the folder that all of them are in, so that scripts of
 * one name in two folders do not meet.
 */
export function captureNames(scripts: readonly string[]): Map<string, string> {
  const folders = scripts.map((script) => resolve(script).split(sep).slice(0, -1));
  const [first = []] = folders;
  const differs = first.findIndex((part, index) => folders.some((folder) => folder[index] !== part));
  const common = first.slice(0, differs === -1 ? first.length : differs).join(sep) || sep;
  return new Map(scripts.map((script) => [script, relative(common, resolve(script)).replace(/\.pkt$/, "")]));
}
