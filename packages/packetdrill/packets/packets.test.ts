import { describe, expect, test } from "vitest";
import type { PacketAction } from "../language/ast.ts";
import { parseScript } from "../language/parser.ts";
import { ScriptError } from "../language/position.ts";
import { buildPacket } from "./build.ts";
import { compareChunks } from "./compare.ts";
import { decodePacket } from "./decode.ts";
import { type NormalChunk, normalizePacket } from "./normalize.ts";
import { Symbols } from "./symbols.ts";

const HEADER = { sourcePort: 1, destinationPort: 2, tag: 3, badChecksum: false };

function chunksOf(text: string): NormalChunk[] {
  const action = parseScript(`+0 < sctp: ${text}`).events[0]?.action as PacketAction;
  return normalizePacket(action);
}

function bytesOf(text: string, symbols: Symbols = new Symbols(), replay = {}): Uint8Array {
  const context = { symbols, replay: { cookie: undefined, heartbeat: undefined, ...replay } };
  return buildPacket(HEADER, chunksOf(text), context);
}

function hex(bytes: Uint8Array): string {
  return [...bytes.subarray(12)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** What is different from `expected` in a packet that was sent as `sent`. */
function difference(expected: string, sent: string, symbols: Symbols = new Symbols()) {
  return compareChunks(chunksOf(expected), decodePacket(bytesOf(sent), symbols).chunks);
}

/** One of every kind that scripts may name. */
const everything = [
  "DATA[flgs=IUBE, len=20, tsn=1, sid=2, ssn=3, ppid=4]",
  "INIT[flgs=0, tag=1, a_rwnd=1500, os=1, is=2, tsn=3, IPV4_ADDRESS[addr=192.0.2.1], IPV6_ADDRESS[addr=2001:db8::1], COOKIE_PRESERVATIVE[incr=5], HOSTNAME_ADDRESS[addr=[65, 0]], SUPPORTED_ADDRESS_TYPES[types=[IPv4, IPv6, HOSTNAME]], ECN_CAPABLE[], FORWARD_TSN_SUPPORTED[], ADAPTATION_INDICATION[adaptation_code_point=3], ZERO_CHECKSUM_ACCEPTABLE[edmid=1]]",
  "INIT_ACK[flgs=0, tag=1, a_rwnd=1500, os=1, is=1, tsn=1, STATE_COOKIE[len=7, val=[1, 2, 3]], UNRECOGNIZED_PARAMETER[params=[PARAMETER[type=0xc0cc, len=5, val=[1]]]], SUPPORTED_EXTENSIONS[types=[RECONFIG, ASCONF, 0xc0]], RANDOM[val=[1, 2, 3, 4]], CHUNKS[types=[ASCONF, 0x80]], HMAC_ALGO[ids=[3, 1]], PADDING[len=8, val=[0, 0, 0, 0]]]",
  "SACK[flgs=0, cum_tsn=1, a_rwnd=2, gaps=[2:3, 5:5], dups=[7, 8]]",
  "NR_SACK[flgs=A, cum_tsn=1, a_rwnd=2, gaps=[2:3], nr_gaps=[4:5, 6:6], dups=[7]]",
  "HEARTBEAT[flgs=0, HEARTBEAT_INFORMATION[len=8, val=[1, 2, 3, 4]]]",
  "HEARTBEAT_ACK[flgs=0, HEARTBEAT_INFORMATION[len=5, val=[1]]]",
  "ABORT[flgs=T, USER_INITIATED_ABORT[info=[66]], PROTOCOL_VIOLATION[info=[67, 68]]]",
  "SHUTDOWN[flgs=0, cum_tsn=9]; SHUTDOWN_ACK[flgs=0]; SHUTDOWN_COMPLETE[flgs=T]",
  "ERROR[INVALID_STREAM_IDENTIFIER[sid=1], MISSING_MANDATORY_PARAMETER[types=[7, 8]], STALE_COOKIE_ERROR[staleness=9], OUT_OF_RESOURCE[], NO_USER_DATA[tsn=4], COOKIE_RECEIVED_WHILE_SHUTDOWN[], INVALID_MANDATORY_PARAMETER[]]",
  "ERROR[UNRESOLVABLE_ADDRESS[param=HOSTNAME_ADDRESS[addr=[65]]], UNRECOGNIZED_CHUNK_TYPE[chk=CHUNK[type=0xcf, flgs=0, len=7, val=[1, 2, 3]]], UNRECOGNIZED_PARAMETERS[params=[PARAMETER[type=1234, len=4, val=[]]]], RESTART_WITH_NEW_ADDRESSES[params=[IPV4_ADDRESS[addr=1.2.3.4], IPV4_ADDRESS[addr=2.3.4.5]]], CAUSE[code=99, len=5, info=[1]]]",
  "ERROR[REQUEST_TO_DELETE_LAST_REMAINING_ADDRESS[params=[]], UNSUPPORTED_HMAC_IDENTIFIER[hmac_id=2]]",
  "COOKIE_ECHO[flgs=0, len=6, val=[1, 2]]; COOKIE_ACK[flgs=0]; ECNE[tsn=1]; CWR[tsn=2]",
  "AUTH[flgs=0, shk=1, hmac_id=3, hmac=[1, 2, 3, 4]]; PAD[flgs=0, len=6, val=[0, 0]]",
  "I_DATA[flgs=UB, len=24, tsn=1, sid=2, mid=3, ppid=4]; I_DATA[flgs=E, len=24, tsn=2, sid=2, mid=3, fsn=1]",
  "FORWARD_TSN[cum_tsn=1, ids=[{1, 0}, {2, 5}]]; I_FORWARD_TSN[cum_tsn=1, ids=[{1, 1, 70000}]]",
  "ASCONF[serial=1, IPV4_ADDRESS[addr=1.2.3.4], ADD_IP_ADDRESS[correlation_id=1, addr=IPV4_ADDRESS[addr=1.2.3.5]], DELETE_IP_ADDRESS[correlation_id=2, addr=IPV6_ADDRESS[addr=::1]], SET_PRIMARY_ADDRESS[correlation_id=3, addr=IPV4_ADDRESS[addr=1.2.3.4]]]",
  "ASCONF_ACK[serial=1, SUCCESS_INDICATION[correlation_id=1], ERROR_CAUSE_INDICATION[correlation_id=2, OUT_OF_RESOURCE[]]]",
  "RECONFIG[flgs=0, OUTGOING_SSN_RESET[req_sn=1, resp_sn=2, last_tsn=3, sids=[0, 1]], INCOMING_SSN_RESET[req_sn=1, sids=[]]]",
  "RECONFIG[SSN_TSN_RESET[req_sn=1], RECONFIG_RESPONSE[resp_sn=1, result=1], RECONFIG_RESPONSE[resp_sn=1, result=1, sender_next_tsn=2, receiver_next_tsn=3], ADD_OUTGOING_STREAMS[req_sn=1, number_of_new_streams=2], ADD_INCOMING_STREAMS[req_sn=1, number_of_new_streams=2]]",
  "PKTDROP[flgs=MBT, max_rwnd=1, queue_size=2, trunc_len=3, val=[1, 2, 3, 4]]",
  "CHUNK[type=0x6f, flgs=3, len=5, val=[1]]",
  "[0x06, 0x00, 0x00, 0x04]",
];

describe("what is built is what is read", () => {
  test.each(everything)("%s", (text) => {
    expect(difference(text, text)).toBeUndefined();
    const { faults } = decodePacket(bytesOf(text), new Symbols());
    expect(faults).toEqual([]);
  });
});

describe("on the wire", () => {
  test("chunks, parameters and causes are padded with zeros, and the last padding inside is not counted", () => {
    expect(hex(bytesOf("ERROR[PROTOCOL_VIOLATION[info=[1]], PROTOCOL_VIOLATION[info=[2]]]"))).toBe(
      "09 00 00 11 00 0d 00 05 01 00 00 00 00 0d 00 05 02 00 00 00",
    );
  });

  test("a length that the script gives is kept, also where it is wrong", () => {
    expect(hex(bytesOf("CHUNK[type=1, flgs=2, len=9, val=[7]]"))).toBe("01 02 00 09 07 00 00 00");
  });

  test("what is left open is filled up to the length", () => {
    expect(hex(bytesOf("HEARTBEAT[HEARTBEAT_INFORMATION[len=6, val=...]]"))).toBe(
      "04 00 00 0a 00 01 00 06 55 55 00 00",
    );
  });

  test("a cookie and a Heartbeat Info are those that were sent", () => {
    const replay = { cookie: Uint8Array.of(1, 2, 3, 4), heartbeat: Uint8Array.of(9) };
    expect(hex(bytesOf("COOKIE_ECHO[len=..., val=...]", new Symbols(), replay))).toBe(
      "0a 00 00 08 01 02 03 04",
    );
    expect(hex(bytesOf("HEARTBEAT_ACK[HEARTBEAT_INFORMATION[val=...]]", new Symbols(), replay))).toBe(
      "05 00 00 09 00 01 00 05 09 00 00 00",
    );
  });

  test("what stands in a row is found by its name, or by its place", () => {
    const wire = "c0 00 00 0c 00 00 00 01 00 02 00 01";
    expect(hex(bytesOf("FORWARD_TSN[cum_tsn=1, ids=[{ssn=1, sid=2}]]"))).toBe(wire);
    expect(hex(bytesOf("FORWARD_TSN[cum_tsn=1, ids=[{2, 1}]]"))).toBe(wire);
    expect(hex(bytesOf("I_FORWARD_TSN[cum_tsn=1, ids=[{mid=7, flags=1, sid=2}]]"))).toBe(
      "c2 00 00 10 00 00 00 01 00 02 00 01 00 00 00 07",
    );
  });

  test("a checksum can be wrong", () => {
    const context = { symbols: new Symbols(), replay: { cookie: undefined, heartbeat: undefined } };
    const bytes = buildPacket({ ...HEADER, badChecksum: true }, chunksOf("COOKIE_ACK[]"), context);
    expect(decodePacket(bytes, new Symbols()).faults).toEqual(["the CRC32c is wrong"]);
  });
});

describe("TSNs are symbols", () => {
  const symbols = new Symbols();
  symbols.learnTsn(0xffff_ffff, 1);

  test("what the peer acknowledges is live, what it sends is as it is written", () => {
    expect(hex(bytesOf("SACK[cum_tsn=2, a_rwnd=0, gaps=[2:2], dups=[3]]", symbols))).toBe(
      "03 00 00 18 00 00 00 00 00 00 00 00 00 01 00 01 00 02 00 02 00 00 00 01",
    );
    expect(hex(bytesOf("SHUTDOWN[cum_tsn=1]", symbols))).toBe("07 00 00 08 ff ff ff ff");
    expect(hex(bytesOf("FORWARD_TSN[cum_tsn=2, ids=[]]", symbols))).toBe("c0 00 00 08 00 00 00 02");
  });

  test("what the tested host sends is in the script's numbers, what it acknowledges in the peer's", () => {
    const sent = bytesOf(
      "DATA[flgs=BE, len=20, tsn=0, sid=0, ssn=0, ppid=0]; SACK[cum_tsn=5, a_rwnd=0, gaps=[], dups=[]]",
    );
    const { chunks } = decodePacket(sent, symbols);
    const expected = "DATA[flgs=BE, tsn=2, sid=0, ssn=0, ppid=0]; SACK[cum_tsn=5, gaps=[], dups=[]]";
    expect(compareChunks(chunksOf(expected), chunks)).toBeUndefined();
  });
});

describe("what is quoted went the other way", () => {
  const symbols = new Symbols();
  symbols.learnTsn(1_001, 1);
  symbols.learnTag(501, 1);

  test.each([
    // The peer's own numbers are live as they are written.
    [
      "ERROR[UNRECOGNIZED_CHUNK_TYPE[chk=FORWARD_TSN[cum_tsn=2, ids=[]]]]",
      "ERROR[UNRECOGNIZED_CHUNK_TYPE[chk=FORWARD_TSN[cum_tsn=2, ids=[]]]]",
    ],
    [
      "ERROR[UNRECOGNIZED_CHUNK_TYPE[chk=ASCONF[serial=2]]]",
      "ERROR[UNRECOGNIZED_CHUNK_TYPE[chk=ASCONF[serial=2]]]",
    ],
    [
      "ERROR[UNRECOGNIZED_CHUNK_TYPE[chk=I_DATA[len=20, tsn=2]]]",
      "ERROR[UNRECOGNIZED_CHUNK_TYPE[chk=I_DATA[len=20, tsn=2]]]",
    ],
    [
      "ERROR[UNRECOGNIZED_CHUNK_TYPE[chk=INIT[tag=2, tsn=3]]]",
      "ERROR[UNRECOGNIZED_CHUNK_TYPE[chk=INIT[tag=2, tsn=3]]]",
    ],
    // What the peer acknowledged is ours.
    [
      "ERROR[UNRECOGNIZED_CHUNK_TYPE[chk=NR_SACK[cum_tsn=2, dups=[3]]]]",
      "ERROR[UNRECOGNIZED_CHUNK_TYPE[chk=NR_SACK[cum_tsn=1002, dups=[1003]]]]",
    ],
    [
      "ERROR[UNRECOGNIZED_PARAMETERS[params=[OUTGOING_SSN_RESET[req_sn=2, resp_sn=3, last_tsn=4]]]]",
      "ERROR[UNRECOGNIZED_PARAMETERS[params=[OUTGOING_SSN_RESET[req_sn=2, resp_sn=1003, last_tsn=4]]]]",
    ],
  ])("%s", (quote, live) => {
    // `live` is built without offsets: it has the numbers of the wire.
    expect(difference(quote, live, symbols)).toBeUndefined();
  });

  test("also where the peer quotes the tested host", () => {
    expect(hex(bytesOf("ERROR[UNRECOGNIZED_CHUNK_TYPE[chk=FORWARD_TSN[cum_tsn=2]]]", symbols))).toBe(
      "09 00 00 10 00 06 00 0c c0 00 00 08 00 00 03 ea",
    );
    const parameter = "OUTGOING_SSN_RESET[req_sn=2, resp_sn=3, last_tsn=4]";
    expect(hex(bytesOf(`ERROR[UNRECOGNIZED_PARAMETERS[params=[${parameter}]]]`, symbols))).toBe(
      "09 00 00 18 00 08 00 14 00 0d 00 10 00 00 03 ea 00 00 00 03 00 00 03 ec",
    );
  });

  test("its faults are the peer's", () => {
    const quote = "ERROR[UNRECOGNIZED_CHUNK_TYPE[chk=CHUNK[type=192, len=6, val=[1, 2]]]]";
    expect(difference(quote, quote)).toBeUndefined();
    expect(decodePacket(bytesOf(quote), new Symbols()).faults).toEqual([]);
  });
});

describe("raw bytes", () => {
  const symbols = new Symbols();
  symbols.learnTsn(0x01020304, 1);

  test("are compared in the script's numbers", () => {
    const data = "DATA[flgs=BE, len=17, tsn=16909060, sid=0, ssn=0, ppid=0]";
    const wanted = "[0, 3, 0, 17, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x55";
    expect(difference(`${wanted}]`, data, symbols)).toBeUndefined();
    expect(difference(`${wanted}, 0, 0, 0]`, data, symbols)).toBeUndefined();
    expect(difference("[0, 3, ..., 17, 0, 0, 0, 1, ...]", data, symbols)).toBeUndefined();
    expect(
      difference("CHUNK[type=0, val=[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x55]]", data, symbols),
    ).toBeUndefined();
  });

  test("of a chunk that does not have the form of its type are as they were sent", () => {
    const sent = "[192, 0, 0, 10, 1, 2, 3, 4, 9, 9, 0, 0]";
    expect(difference(sent, sent, symbols)).toBeUndefined();
  });
});

describe("the first difference", () => {
  test.each([
    ["SACK[cum_tsn=1]", "SACK[cum_tsn=2]", { field: "SACK.cum_tsn", expected: "1", actual: "2" }],
    ["SACK[gaps=[2:2]]", "SACK[gaps=[2:3]]", { field: "SACK.gaps[0]", expected: "2:2", actual: "2:3" }],
    ["SACK[gaps=[]]", "SACK[gaps=[2:3]]", { field: "SACK.gaps", expected: "[]", actual: "[2:3]" }],
    ["DATA[flgs=BE]", "DATA[flgs=B, len=20]", { field: "DATA.flgs", expected: "3", actual: "2" }],
    ["DATA[len=20]", "DATA[len=21]", { field: "DATA.len", expected: "20", actual: "21" }],
    [
      "FORWARD_TSN[ids=[{1, 2}]]",
      "FORWARD_TSN[ids=[{1, 3}]]",
      { field: "FORWARD_TSN.ids[0][1]", expected: "2", actual: "3" },
    ],
    [
      "INIT[tag=1, ECN_CAPABLE[]]",
      "INIT[tag=1, FORWARD_TSN_SUPPORTED[], ECN_CAPABLE[]]",
      {
        field: "INIT",
        expected: "[ECN_CAPABLE[]]",
        actual: "[FORWARD_TSN_SUPPORTED[...], ECN_CAPABLE[...]]",
      },
    ],
    [
      "ABORT[NO_USER_DATA[tsn=1]]",
      "ABORT[NO_USER_DATA[tsn=2]]",
      { field: "ABORT.NO_USER_DATA.tsn", expected: "1", actual: "2" },
    ],
    [
      "ABORT[flgs=T]",
      "ABORT[flgs=T, OUT_OF_RESOURCE[]]",
      { field: "ABORT", expected: "[]", actual: "[OUT_OF_RESOURCE[...]]" },
    ],
    [
      "RECONFIG[RECONFIG_RESPONSE[resp_sn=1, result=1, sender_next_tsn=2]]",
      "RECONFIG[RECONFIG_RESPONSE[resp_sn=1, result=1]]",
      { field: "RECONFIG.RECONFIG_RESPONSE.sender_next_tsn", expected: "2", actual: "nothing" },
    ],
    [
      "COOKIE_ACK[]",
      "COOKIE_ACK[]; SHUTDOWN_ACK[]",
      {
        field: "chunks",
        expected: "COOKIE_ACK[]",
        actual: "COOKIE_ACK[flgs=0, len=4]; SHUTDOWN_ACK[flgs=0, len=4]",
      },
    ],
    ["[6, 0, 0, 4]", "ABORT[flgs=T]", { field: "chunks[0][1]", expected: "0", actual: "1" }],
    ["[6, 1, 0]", "ABORT[flgs=T]", { field: "chunks[0][3]", expected: "nothing", actual: "4" }],
    ["[6, 1, 0, 4, 0]", "ABORT[flgs=T]", { field: "chunks[0][4]", expected: "0", actual: "nothing" }],
    ["[6, 1, ...]", "ABORT[]", { field: "chunks[0][1]", expected: "1", actual: "0" }],
    [
      "COOKIE_ACK[]; [132, 0, 0, 5, 1, 1]",
      "COOKIE_ACK[]; PAD[val=[1]]",
      { field: "chunks[1][5]", expected: "1", actual: "0" },
    ],
    [
      "COOKIE_ACK[flgs=1]; [6, 1, 0, 4]",
      "COOKIE_ACK[]; ABORT[]",
      { field: "COOKIE_ACK.flgs", expected: "1", actual: "0" },
    ],
  ])("%s, and %s is sent", (expected, sent, wanted) => {
    expect(difference(expected, sent)).toEqual(wanted);
  });

  test.each([
    ["INIT[tag=1, ...]", "INIT[tag=1, ECN_CAPABLE[]]"],
    ["INIT[tag=..., os=..., ECN_CAPABLE[], ...]", "INIT[tag=7, ECN_CAPABLE[], FORWARD_TSN_SUPPORTED[]]"],
    ["CHUNK[type=6, flgs=1, len=4, val=[]]", "ABORT[flgs=T]"],
    ["ERROR[CAUSE[code=1, len=8, info=[0xff, 0xff, 0, 0]]]", "ERROR[INVALID_STREAM_IDENTIFIER[sid=65535]]"],
    ["[6, 1, 0, 4]", "ABORT[flgs=T]"],
  ])("there is none: %s, and %s is sent", (expected, sent) => {
    expect(difference(expected, sent)).toBeUndefined();
  });
});

test.each([
  ["DATA[flgs=X]", "22: DATA has no flag X"],
  ["NOTHING[]", "12: there is no chunk NOTHING"],
  ["DATA[cum_tsn=1]", "17: DATA has no cum_tsn"],
  ["INIT[NO_USER_DATA[tsn=1]]", "17: there is no parameter NO_USER_DATA"],
  ["SACK[gaps=[1]]", "23: two numbers should stand here, 2:3, of two bytes each"],
  ["SHUTDOWN_ACK[ECN_CAPABLE[]]", "25: SHUTDOWN_ACK takes nothing without a name"],
  ["COOKIE_ECHO[val=[256]]", "29: a byte should stand here, 0 to 255"],
  ["INIT[..., ECN_CAPABLE[]]", '12: "..." stands at the end of a list'],
  ["INIT[IPV4_ADDRESS[addr=1]]", "35: an IP address should stand here"],
  ["INIT[os=70000]", "20: a whole number should stand here, 0 to 65535"],
  ["INIT[tag=-1]", "21: a whole number should stand here, 0 to 4294967295"],
  ["INIT[tsn=4294967296]", "21: a whole number should stand here, 0 to 4294967295"],
  ["DATA[tsn=1.5]", "21: a whole number should stand here, 0 to 4294967295"],
  ["DATA[len=99999999]", "21: a whole number should stand here, 0 to 65535"],
  ["DATA[flgs=256]", "22: a whole number should stand here, 0 to 255"],
  ["CHUNK[type=256]", "23: a whole number should stand here, 0 to 255"],
  ["SACK[dups=[-1]]", "23: a whole number should stand here, 0 to 4294967295"],
  ["SACK[gaps=[2:65536]]", "23: two numbers should stand here, 2:3, of two bytes each"],
  ["FORWARD_TSN[ids=[{1, 65536}]]", "33: a whole number should stand here, 0 to 65535"],
  ["FORWARD_TSN[ids=[{sid=1, snn=2}]]", "37: here stand sid, ssn, once each"],
  ["FORWARD_TSN[ids=[{sid=1, 2}]]", "37: here stand sid, ssn, once each"],
  ["FORWARD_TSN[ids=[{sid=1, sid=2}]]", "37: here stand sid, ssn, once each"],
])("%s is refused", (text, where) => {
  try {
    chunksOf(text);
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    expect(`${error.position.column}: ${error.message}`).toBe(where);
    return;
  }
  throw new Error("it is not refused");
});

test("padding, a reserved field or a length that no packet may have is found", () => {
  const faults = (text: string): readonly string[] => decodePacket(bytesOf(text), new Symbols()).faults;
  expect(faults("[11, 0, 0, 5, 1, 0, 1, 0]")).toEqual([
    "COOKIE_ACK does not have the form of one",
    "padding is not zero",
  ]);
  expect(faults("[11, 0, 0, 8, 1]")).toEqual(["5 bytes are no whole chunk"]);
  expect(faults("[132, 0, 0, 5, 1]")).toEqual(["the last chunk is not padded"]);
  expect(faults("ERROR[CAUSE[code=1, len=8, info=[0, 1, 0, 2]]]")).toEqual(["a reserved field is not zero"]);
});
