import { execFile, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { readTrace, type TracedDatagram } from "@usctp/trace";

/** What to say to somebody whose machine lacks it. */
export const tsharkInstallHint = "apt-get install -y --no-install-recommends tshark";

/** As tshark encodes it in `_ws.expert.severity`. */
const SEVERITIES: Readonly<Record<string, string>> = {
  "1048576": "comment",
  "2097152": "chat",
  "4194304": "note",
  "6291456": "warning",
  "8388608": "error",
};

/**
 * Warnings of tshark that say nothing against who sent the packets, each with its reason. Of lower severity (notes,
 * as of retransmissions and of windows that are full) none is looked at.
 */
const HARMLESS: readonly RegExp[] = [
  // After losses on a fast path a SACK reports long runs; tshark only says that it does not follow so many.
  /^More than 100 TSNs were gap-acknowledged in this SACK\.$/,
];

/** Fields to ask for, by the names that they have below. Status 1: right, 0: wrong, 2: not looked at. */
const FIELDS = {
  protocols: "frame.protocols",
  time: "frame.time_epoch",
  direction: "frame.packet_flags_direction",
  comments: "frame.comment",
  sctpChecksum: "sctp.checksum.status",
  udpChecksum: "udp.checksum.status",
  ipChecksum: "ip.checksum.status",
  chunkTypes: "sctp.chunk_type",
  malformed: "_ws.malformed",
  severities: "_ws.expert.severity",
  messages: "_ws.expert.message",
} as const;

type Line = Readonly<Record<keyof typeof FIELDS, readonly string[]>>;

/** What tshark and our own reader make of one capture. */
export interface Reading {
  /** By our own reader, which is to have one for each packet. */
  readonly datagrams: readonly TracedDatagram[];
  /** Every packet's chunk types. */
  readonly chunkTypes: readonly (readonly number[])[];
  /** What is wrong with it, a line each: malformed packets, wrong checksums, warnings and errors. */
  readonly faults: readonly string[];
}

export function hasTshark(): boolean {
  return spawnSync("tshark", ["--version"]).status === 0;
}

/**
 * Lets tshark read a capture, all of whose datagrams are to be SCTP. Where `of` says so, faults of packets in the other
 * direction are passed over.
 */
export async function readWithTshark(
  path: string,
  { of }: { readonly of?: "in" | "out" } = {},
): Promise<Reading> {
  const { datagrams } = readTrace(readFileSync(path));
  const ports = new Set(
    datagrams.flatMap(({ sourcePort, destinationPort }) => [sourcePort, destinationPort]),
  );
  const settings = [
    // By its name in the list of choices: "crc32c" is taken without a word, and checks nothing.
    "sctp.checksum:CRC 32c",
    "udp.check_checksum:TRUE",
    "ip.check_checksum:TRUE",
    // Messages are not of the protocols that their PPIDs and bytes look like.
    "sctp.ulp_dissection:FALSE",
    "data.show_as_text:FALSE",
  ];
  const output = await tshark([
    ...["-n", "-r", path, "-T", "fields", "-E", "separator=\x1e", "-E", "aggregator=\x1f"],
    ...settings.flatMap((setting) => ["-o", setting]),
    ...[...ports].flatMap((port) => ["-d", `udp.port==${port},sctp`]),
    ...Object.values(FIELDS).flatMap((field) => ["-e", field]),
  ]);
  const lines = output.split("\n").slice(0, -1).map(readLine);
  const faults = lines.flatMap((line, index) => {
    const datagram = datagrams[index];
    if (of !== undefined && datagram?.direction !== of) return [];
    return faultsOf(line, datagram).map((fault) => `packet ${index + 1}: ${fault}`);
  });
  if (lines.length !== datagrams.length) faults.push(`${lines.length} packets, not ${datagrams.length}`);
  return { datagrams, faults, chunkTypes: lines.map(({ chunkTypes }) => chunkTypes.map(Number)) };
}

function readLine(text: string): Line {
  const columns = text.split("\x1e");
  const entries = Object.keys(FIELDS).map((name, index) => {
    const column = columns[index] ?? "";
    return [name, column === "" ? [] : column.split("\x1f")];
  });
  return Object.fromEntries(entries) as Line;
}

function faultsOf(line: Line, datagram: TracedDatagram | undefined): string[] {
  const faults: string[] = [];
  const expect = (what: string, got: string | undefined, wanted: string | undefined): void => {
    if (got !== wanted) faults.push(`${what} is ${got}, not ${wanted}`);
  };
  const isIpv6 = datagram?.source.includes(":") === true;
  expect(
    "protocol",
    line.protocols[0]?.split(":").slice(0, 4).join(":"),
    `raw:${isIpv6 ? "ipv6" : "ip"}:udp:sctp`,
  );
  expect("SCTP checksum", line.sctpChecksum[0], "1");
  expect("UDP checksum", line.udpChecksum[0], "1");
  if (!isIpv6) expect("IP checksum", line.ipChecksum[0], "1");
  expect("time", line.time[0]?.replace(".", ""), datagram?.time.toString().padStart(10, "0"));
  if (line.malformed.length > 0) faults.push("it is malformed");
  const comments = datagram?.comments ?? [];
  for (const comment of comments)
    if (!line.comments.includes(comment)) faults.push(`no comment "${comment}"`);
  for (const [index, code] of line.severities.entries()) {
    const severity = SEVERITIES[code] ?? code;
    const message = line.messages[index] ?? "";
    const isGrave = !["comment", "chat", "note"].includes(severity);
    if (isGrave && !HARMLESS.some((pattern) => pattern.test(message))) faults.push(`${severity}: ${message}`);
  }
  return faults;
}

function tshark(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("tshark", args, { maxBuffer: 1 << 30 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`tshark: ${error.message}\n${stderr}`));
    });
  });
}
