import { parseAddress } from "usctp/core";
import { describe, expect, test } from "vitest";
import type { PacketAction } from "../language/ast.ts";
import { parseScript } from "../language/parser.ts";
import { buildPacket } from "../packets/build.ts";
import type { Difference } from "../packets/compare.ts";
import { normalizePacket } from "../packets/normalize.ts";
import { Symbols } from "../packets/symbols.ts";
import { Conversation, type End } from "./conversation.ts";
import type { Sent } from "./tested-host.ts";

function end(address: string, port: number): End {
  const parsed = parseAddress(address);
  if (parsed === undefined) throw new Error(`not an address: ${address}`);
  return { address: parsed, port };
}

const LOCAL = end("192.168.0.1", 8080);
const REMOTE = end("192.0.2.1", 8080);

function packetOf(line: string): PacketAction {
  return parseScript(`+0 ${line}`).events[0]?.action as PacketAction;
}

/** A packet of the tested host with that tag, and with that done to its bytes. */
function sent(chunks: string, tag: number, spoil: (bytes: Uint8Array) => void = () => {}): Sent {
  const header = { sourcePort: 8080, destinationPort: 8080, tag, badChecksum: false };
  const context = { symbols: new Symbols(), replay: { cookie: undefined, heartbeat: undefined } };
  const bytes = buildPacket(header, normalizePacket(packetOf(`< sctp: ${chunks}`)), context);
  spoil(bytes);
  return {
    bytes,
    source: LOCAL.address,
    sourcePort: 9899,
    destination: REMOTE.address,
    destinationPort: 9899,
    time: 0,
  };
}

/** A conversation whose ends have opened an association: tags 1 here and 2 there, live 101 and 2. */
function established(): Conversation {
  const conversation = new Conversation(LOCAL, REMOTE);
  heard(conversation, "INIT[tag=1, tsn=1]", sent("INIT[tag=101, tsn=1]", 0));
  arrives(conversation, "INIT_ACK[tag=2, tsn=1, STATE_COOKIE[len=4]]");
  heard(conversation, "COOKIE_ECHO[]", sent("COOKIE_ECHO[len=4]", 2));
  arrives(conversation, "COOKIE_ACK[]");
  return conversation;
}

function arrives(conversation: Conversation, chunks: string, header: string = "sctp"): number {
  const packet = packetOf(`< ${header}: ${chunks}`);
  const bytes = conversation.build(packet, normalizePacket(packet));
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(4);
}

function heard(
  conversation: Conversation,
  expected: string,
  one: Sent,
  { isStrict = true, header = "sctp" } = {},
): Difference | undefined {
  const packet = packetOf(`> ${header}: ${expected}`);
  const normal = normalizePacket(packet);
  return conversation.compare(packet, normal, { sent: one, read: conversation.read(one, normal), isStrict });
}

describe("strictly", () => {
  const spoilers: [string, Sent, Difference][] = [
    ["the tag", sent("COOKIE_ACK[]", 7), { field: "tag", expected: "2", actual: "7" }],
    ["a tag that is ours", sent("COOKIE_ACK[]", 101), { field: "tag", expected: "2", actual: "101" }],
    [
      "the checksum",
      sent("COOKIE_ACK[]", 2, (bytes) => bytes.set([1, 2, 3, 4], 8)),
      { field: "packet", expected: "a packet by RFC 9260 §3, §6.8", actual: "the CRC32c is wrong" },
    ],
    [
      "the padding",
      sent("[132, 0, 0, 5, 1, 0, 1, 0]", 2),
      { field: "packet", expected: "a packet by RFC 9260 §3, §6.8", actual: "padding is not zero" },
    ],
  ];
  test.each(spoilers)("%s must be right", (_name, one, difference) => {
    const expected = one.bytes[12] === 132 ? "PAD[...]" : "COOKIE_ACK[]";
    expect(heard(established(), expected, one)).toEqual(difference);
    expect(heard(established(), expected, one, { isStrict: false })).toBeUndefined();
  });

  test("an INIT has tag 0", () => {
    const conversation = new Conversation(LOCAL, REMOTE);
    expect(heard(conversation, "INIT[...]", sent("INIT[]", 5))).toEqual({
      field: "tag",
      expected: "0",
      actual: "5",
    });
  });

  test("a reflected tag is that of the packet before", () => {
    const conversation = new Conversation(LOCAL, REMOTE);
    arrives(conversation, "HEARTBEAT[]", "sctp(tag=77)");
    expect(heard(conversation, "ABORT[flgs=T]", sent("ABORT[flgs=T]", 77))).toBeUndefined();
    expect(heard(conversation, "ABORT[flgs=T]", sent("ABORT[flgs=T]", 78))?.field).toBe("tag");
  });

  test("an ABORT for an INIT has the tag of that INIT, also beside an association", () => {
    const conversation = established();
    arrives(conversation, "INIT[tag=9]");
    expect(heard(conversation, "ABORT[]", sent("ABORT[]", 9))).toBeUndefined();
    expect(heard(conversation, "ABORT[]", sent("ABORT[]", 8))?.field).toBe("tag");
  });
});

test("packets to the tested host have its tag, 0 with an INIT, the peer's with the T bit, or what the script asks", () => {
  const conversation = established();
  expect(arrives(conversation, "SHUTDOWN[]")).toBe(101);
  expect(arrives(conversation, "SHUTDOWN[]", "sctp(tag=1)")).toBe(101);
  expect(arrives(conversation, "SHUTDOWN[]", "sctp(tag=3)")).toBe(103);
  expect(arrives(conversation, "ABORT[flgs=T]")).toBe(2);
  expect(arrives(conversation, "ABORT[flgs=T]", "sctp(tag=5)")).toBe(5);
  expect(arrives(conversation, "INIT[tag=9]")).toBe(0);
});

test("an INIT that is sent again must say the same again", () => {
  const conversation = new Conversation(LOCAL, REMOTE);
  expect(heard(conversation, "INIT[tag=1, tsn=1]", sent("INIT[tag=101, tsn=201]", 0))).toBeUndefined();
  expect(heard(conversation, "INIT[tag=1, tsn=1]", sent("INIT[tag=101, tsn=201]", 0))).toBeUndefined();
  expect(heard(conversation, "INIT[tag=1, tsn=1]", sent("INIT[tag=102, tsn=201]", 0))).toEqual({
    field: "INIT.tag",
    expected: "1",
    actual: "2",
  });
});

test("an INIT ACK beside an association changes its symbols only with the COOKIE ACK", () => {
  const conversation = established();
  arrives(conversation, "INIT[tag=9, tsn=50]");
  expect(
    heard(
      conversation,
      "INIT_ACK[tag=4, tsn=10, ...]",
      sent("INIT_ACK[tag=300, tsn=400, STATE_COOKIE[val=[1, 2, 3, 4]]]", 9),
    ),
  ).toBeUndefined();
  expect(arrives(conversation, "HEARTBEAT[]")).toBe(101);
  expect(arrives(conversation, "COOKIE_ECHO[len=..., val=...]")).toBe(300);
  expect(heard(conversation, "COOKIE_ACK[]", sent("COOKIE_ACK[]", 9))).toBeUndefined();
  expect(arrives(conversation, "HEARTBEAT[]")).toBe(300);
  expect(heard(conversation, "DATA[tsn=10]", sent("DATA[len=20, tsn=400]", 9))).toBeUndefined();
});

test("a wildcard learns no symbol", () => {
  const conversation = new Conversation(LOCAL, REMOTE);
  heard(conversation, "INIT[tag=1, tsn=1]", sent("INIT[tag=101, tsn=201]", 0));
  arrives(conversation, "INIT[tag=5]");
  heard(conversation, "INIT_ACK[tag=..., tsn=..., ...]", sent("INIT_ACK[tag=101, tsn=201]", 5));
  expect(heard(conversation, "DATA[tsn=2]", sent("DATA[len=20, tsn=202]", 5))).toBeUndefined();
  expect(arrives(conversation, "SHUTDOWN[]", "sctp(tag=1)")).toBe(101);
});
