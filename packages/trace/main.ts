import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { readTrace } from "./datagrams.ts";
import { footnotes, ladderLines } from "./ladder.ts";

const USAGE = `npm run trace -- FILE [--udp-port N]

Prints the SCTP packets of a capture (pcapng or pcap), a line for each.

  --udp-port N   only datagrams from or to this UDP port

Captures are made by the option "capture" of usctp, by "npm run interop -- --capture DIR", by
"npm run sim -- --capture DIR", or by other tools (tcpdump, dumpcap, Wireshark).
`;

interface Request {
  readonly file: string;
  readonly udpPort: number | undefined;
}

/** What the command line asks for, or what is wrong with it. */
function readArguments(): Request | string {
  let values: { "udp-port"?: string; help?: boolean };
  let files: string[];
  try {
    const options = { "udp-port": { type: "string" }, help: { type: "boolean", short: "h" } } as const;
    ({ values, positionals: files } = parseArgs({ options, allowPositionals: true }));
  } catch (error) {
    return (error as Error).message;
  }
  if (values.help === true) return "";
  const [file, ...more] = files;
  if (file === undefined || more.length > 0) return `it takes one file, not ${files.length}`;
  const udpPort = values["udp-port"] === undefined ? undefined : Number(values["udp-port"]);
  if (udpPort !== undefined && !(Number.isInteger(udpPort) && udpPort > 0 && udpPort <= 65_535)) {
    return `--udp-port takes an integer from 1 to 65535, not ${values["udp-port"]}`;
  }
  return { file, udpPort };
}

function print({ file, udpPort }: Request): void {
  const trace = readTrace(readFileSync(file));
  for (const line of ladderLines(trace, { udpPort })) process.stdout.write(`${line}\n`);
  for (const note of footnotes(trace, { udpPort })) process.stdout.write(`… ${note}\n`);
}

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // Who reads a pipe may leave (`npm run trace | head`): the rest is for nobody.
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

const request = readArguments();
if (typeof request === "string") {
  (request === "" ? process.stdout : process.stderr).write(request === "" ? USAGE : `${request}\n\n${USAGE}`);
  process.exitCode = request === "" ? 0 : 2;
} else {
  try {
    print(request);
  } catch (error) {
    process.stderr.write(`${request.file}: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
