import type { PacketAction, UdpPorts, Value } from "./ast.ts";
import type { Lexer, Token } from "./lexer.ts";
import { ScriptError } from "./position.ts";
import { expectSign, isSign, parseItems, parseValue, shown, takeSign } from "./values.ts";

interface Header {
  tag: number | undefined;
  badChecksum: boolean;
  udp: UdpPorts | undefined;
}

/** A packet: its direction, `sctp` with what is said of headers, and its chunks. */
export function parsePacket(lexer: Lexer): PacketAction {
  const direction = lexer.next().text === "<" ? "in" : "out";
  parseEcn(lexer, direction);
  const protocol = lexer.next();
  if (protocol.kind !== "name" || protocol.text !== "sctp")
    throw new ScriptError(`"sctp" should stand here, not ${shown(protocol)}`, protocol.at);
  const header: Header = { tag: undefined, badChecksum: false, udp: undefined };
  // The two may stand in either order.
  for (let more = true; more; ) more = parseHeader(lexer, header) || parseUdp(lexer, header);
  expectSign(lexer, ":");
  const chunks: Value[] = [];
  do chunks.push(parseChunk(lexer));
  while (takeSign(lexer, ";"));
  parseUdp(lexer, header);
  return { kind: "packet", direction, ...header, chunks };
}

const ecnBits: ReadonlySet<string> = new Set(["noecn", "ect0", "ect1", "ect01", "ce"]);

/** ECN bits of the IP header: `[ect0]`. A UDP socket of Node does not show them, so that they change nothing on arrival. */
function parseEcn(lexer: Lexer, direction: PacketAction["direction"]): void {
  const { at } = lexer.peek();
  if (!takeSign(lexer, "[")) return;
  const bits = lexer.next();
  if (!ecnBits.has(bits.text))
    throw new ScriptError(`ECN bits should stand here, not ${shown(bits)}`, bits.at);
  expectSign(lexer, "]");
  if (direction === "out") throw new ScriptError("the ECN bits of what is sent cannot be seen here", at);
}

const LARGEST_TAG = 0xffff_ffff;

function parseHeader(lexer: Lexer, header: Header): boolean {
  if (!takeSign(lexer, "(")) return false;
  for (const { at, name, value } of parseItems(lexer, ")")) {
    if (name === "tag") header.tag = parseTag(value);
    else if (name === undefined && value.kind === "name" && value.name === "bad_crc32c")
      header.badChecksum = true;
    else if (name !== undefined || value.kind !== "any")
      throw new ScriptError("here stand tag=NUMBER and bad_crc32c", at);
  }
  return true;
}

function parseTag(value: Value): number | undefined {
  if (value.kind === "any") return undefined;
  const tag = value.kind === "number" ? value.value : Number.NaN;
  if (Number.isInteger(tag) && tag >= 0 && tag <= LARGEST_TAG) return tag;
  throw new ScriptError(`a tag should stand here, 0 to ${LARGEST_TAG}`, value.at);
}

/** `/udp(9899 > 9899)` (RFC 6951). */
function parseUdp(lexer: Lexer, header: Header): boolean {
  if (!isSign(lexer.peek(), "/")) return false;
  lexer.next();
  const name = lexer.next();
  if (name.kind !== "name" || name.text !== "udp")
    throw new ScriptError(`"udp" should stand here, not ${shown(name)}`, name.at);
  expectSign(lexer, "(");
  const source = parsePort(lexer.next());
  expectSign(lexer, ">");
  const destination = parsePort(lexer.next());
  expectSign(lexer, ")");
  header.udp = { source, destination };
  return true;
}

function parsePort(token: Token): number {
  const port = token.kind === "number" ? Number(token.text) : Number.NaN;
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new ScriptError(`a UDP port should stand here, not ${shown(token)}`, token.at);
}

function parseChunk(lexer: Lexer): Value {
  const value = parseValue(lexer);
  if (value.kind === "element" || value.kind === "list") return value;
  throw new ScriptError("a chunk should stand here, NAME[...], or a list of its bytes", value.at);
}
