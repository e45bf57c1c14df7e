import {
  type Column,
  causes,
  count,
  type Field,
  gaps,
  type Layout,
  parameters,
  reserved,
  rest,
  u8,
  u16,
  u32,
} from "./layout.ts";

const initBody: readonly Field[] = [
  u32("tag", { space: "own-tag", initial: 1 }),
  u32("a_rwnd", { initial: 1_500 }),
  u16("os", { initial: 1 }),
  u16("is", { initial: 1 }),
  u32("tsn", { space: "own-tsn", initial: 1 }),
  parameters,
];
const cumulative = u32("cum_tsn", { space: "other-tsn" });
const window = u32("a_rwnd", { initial: 1_500 });
const sackLists: readonly Field[] = [
  gaps("gaps"),
  { kind: "list", name: "dups", bytes: 4, space: "other-tsn" },
];
const T = { T: 1 };
const sid: Column = { name: "sid", bytes: 2 };

/** The chunks by name. Each says where it is defined. */
export const chunkLayouts: readonly Layout[] = [
  // RFC 9260 §3.3.1
  chunk("DATA", 0, { E: 1, B: 2, U: 4, I: 8 }, [
    u32("tsn", { space: "own-tsn" }),
    u16("sid"),
    u16("ssn"),
    u32("ppid"),
    { kind: "payload" },
  ]),
  // RFC 9260 §3.3.2 to §3.3.4
  chunk("INIT", 1, {}, initBody),
  chunk("INIT_ACK", 2, {}, initBody),
  chunk("SACK", 3, {}, [cumulative, window, count("gaps"), count("dups"), ...sackLists]),
  // RFC 9260 §3.3.5 to §3.3.14
  chunk("HEARTBEAT", 4, {}, [parameters]),
  chunk("HEARTBEAT_ACK", 5, {}, [parameters]),
  chunk("ABORT", 6, T, [causes]),
  chunk("SHUTDOWN", 7, {}, [cumulative]),
  chunk("SHUTDOWN_ACK", 8, {}, []),
  chunk("ERROR", 9, {}, [causes]),
  chunk("COOKIE_ECHO", 10, {}, [rest()]),
  chunk("COOKIE_ACK", 11, {}, []),
  chunk("SHUTDOWN_COMPLETE", 14, T, []),
  // RFC 9260 Appendix B
  chunk("ECNE", 12, {}, [u32("tsn", { space: "other-tsn", aliases: ["lowest_tsn"] })]),
  chunk("CWR", 13, {}, [u32("tsn", { space: "own-tsn", aliases: ["lowest_tsn"] })]),
  // RFC 4895 §4.1
  chunk("AUTH", 15, {}, [
    u16("shk", { aliases: ["key_id", "keynumber"] }),
    u16("hmac_id", { initial: 1 }),
    rest("hmac", ["val"]),
  ]),
  // draft-tuexen-tsvwg-sctp-multipath §3.1
  chunk("NR_SACK", 16, { A: 1 }, [
    cumulative,
    window,
    count("gaps"),
    count("nr_gaps"),
    count("dups"),
    reserved(2),
    gaps("gaps"),
    gaps("nr_gaps"),
    { kind: "list", name: "dups", bytes: 4, space: "other-tsn" },
  ]),
  // RFC 8260 §2.1. What `ppid` holds is the FSN where the B bit is off.
  chunk("I_DATA", 64, { E: 1, B: 2, U: 4, I: 8 }, [
    u32("tsn", { space: "own-tsn" }),
    u16("sid"),
    reserved(2),
    u32("mid"),
    u32("ppid", { aliases: ["fsn"] }),
    { kind: "payload" },
  ]),
  // RFC 5061 §4.1
  chunk("ASCONF_ACK", 128, {}, [
    u32("serial", { space: "other-tsn", aliases: ["serial_number", "sn"] }),
    parameters,
  ]),
  chunk("ASCONF", 193, {}, [
    u32("serial", { space: "own-tsn", aliases: ["serial_number", "sn"] }),
    parameters,
  ]),
  // RFC 6525 §3.1
  chunk("RECONFIG", 130, {}, [parameters]),
  // draft-stewart-sctp-pktdrprep §2.1
  chunk("PKTDROP", 129, { M: 1, B: 2, T: 4 }, [
    u32("max_rwnd", { aliases: ["bandwidth"] }),
    u32("queue_size"),
    u16("trunc_len"),
    reserved(2),
    rest(),
  ]),
  // RFC 4820 §3
  chunk("PAD", 132, {}, [rest()]),
  // RFC 3758 §3.2
  chunk("FORWARD_TSN", 192, {}, [
    u32("cum_tsn", { space: "own-tsn" }),
    { kind: "rows", name: "ids", columns: [sid, { name: "ssn", bytes: 2 }], as: "struct" },
  ]),
  // RFC 8260 §2.3.1: stream, flags (1: unordered), MID
  chunk("I_FORWARD_TSN", 194, {}, [
    u32("cum_tsn", { space: "own-tsn" }),
    {
      kind: "rows",
      name: "ids",
      columns: [sid, { name: "flags", bytes: 2 }, { name: "mid", bytes: 4 }],
      as: "struct",
    },
  ]),
];

/** `CHUNK[type=, flgs=, len=, val=]`: one by its number. */
export const genericChunk: Layout = chunk("CHUNK", -1, {}, [u8("type"), rest()]);

function chunk(
  name: string,
  type: number,
  flags: Readonly<Record<string, number>>,
  fields: readonly Field[],
): Layout {
  return { family: "chunk", name, type, flags, fields };
}
