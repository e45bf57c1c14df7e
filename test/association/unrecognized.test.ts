import { expect } from "vitest";
import type { UnknownChunk } from "../../src/packet/chunks/unknown-chunk.ts";
import { scriptedTest } from "../support/ladder-test.ts";
import { unknownChunk } from "../support/scripted-peer.ts";
import { ip } from "./units/support.ts";

/** RFC 9260 §3.2, §3.2.1, §3.2.2: the two upper bits of a type that nobody knows. */

const KINDS = [
  { bits: "00", reported: false, continued: false },
  { bits: "01", reported: true, continued: false },
  { bits: "10", reported: false, continued: true },
  { bits: "11", reported: true, continued: true },
] as const;

const says = ({ reported, continued }: (typeof KINDS)[number]): string =>
  `${continued ? "skips" : "stops"} and ${reported ? "reports" : "says nothing"}`;

/** A type of eight or sixteen bits. */
const typeWith = (bits: string, width: 8 | 16): number => (Number.parseInt(bits, 2) << (width - 2)) | 0x3e;

const probe = (id: number) => ({ type: "HEARTBEAT", info: Uint8Array.of(id, 0, 0, 0) }) as const;

for (const kind of KINDS) {
  scriptedTest(`an unknown chunk ${kind.bits} between others ${says(kind)}`, {}, ({ a, peer }) => {
    peer.associate();
    const unknown = unknownChunk(typeWith(kind.bits, 8));
    const [before, after] = [peer.data({ immediate: true }), peer.data({ immediate: true })];
    peer.send(before, probe(1), unknown, probe(2), after);
    const chunks = peer.collect(500);
    // What stands before it is done whatever it is.
    const answered = chunks.flatMap((chunk) => (chunk.type === "HEARTBEAT-ACK" ? [chunk.info[0]] : []));
    expect(answered).toEqual(kind.continued ? [1, 2] : [1]);
    expect(chunks.find(({ type }) => type === "SACK")).toMatchObject({
      cumulativeTsn: kind.continued ? after.tsn : before.tsn,
    });
    // §3.3.10.6: "complete with Chunk Type, Chunk Flags, and Chunk Length".
    const errors = chunks.flatMap((chunk) => (chunk.type === "ERROR" ? chunk.causes : []));
    expect(errors).toEqual(kind.reported ? [{ type: "UNRECOGNIZED-CHUNK", chunk: unknown.bytes }] : []);
    expect(a.association.state).toBe("established");
  });

  // The report names this chunk and no padding; the next chunk is found behind the padding.
  scriptedTest(
    `an unknown chunk ${kind.bits} of an odd length and with flags ${says(kind)}`,
    {},
    ({ peer }) => {
      peer.associate();
      const bytes = Uint8Array.of(typeWith(kind.bits, 8), 0xa5, 0, 7, 1, 2, 3);
      const unknown: UnknownChunk = { type: "UNKNOWN", typeCode: bytes[0] ?? 0, flags: 0xa5, bytes };
      peer.send(unknown, probe(1));
      const chunks = peer.collect(500);
      expect(chunks.flatMap((chunk) => (chunk.type === "ERROR" ? chunk.causes : []))).toEqual(
        kind.reported ? [{ type: "UNRECOGNIZED-CHUNK", chunk: bytes }] : [],
      );
      expect(chunks.some(({ type }) => type === "HEARTBEAT-ACK")).toBe(kind.continued);
    },
  );

  const parameter = (code: number, length: number) => {
    const bytes = new Uint8Array(length).fill(0xee);
    bytes.set([code >> 8, code & 0xff, 0, length]);
    return { type: "UNKNOWN", typeCode: code, bytes } as const;
  };
  const unknown = parameter(typeWith(kind.bits, 16), 7);
  const address = { type: "IPV4-ADDRESS", address: ip("10.0.0.77") } as const;

  // "no processing already done is rolled back", and what is behind one that stops is not looked at.
  scriptedTest(`an unknown parameter ${kind.bits} of an INIT ${says(kind)}`, {}, ({ a, peer }) => {
    const earlier = { type: "IPV4-ADDRESS", address: ip("10.0.0.66") } as const;
    const { initAck, cookie } = peer.init({ parameters: [earlier, unknown, address] });
    expect(initAck.parameters.filter(({ type }) => type === "UNRECOGNIZED-PARAMETER")).toEqual(
      kind.reported ? [{ type: "UNRECOGNIZED-PARAMETER", parameter: unknown.bytes }] : [],
    );
    peer.send({ type: "COOKIE-ECHO", cookie });
    peer.await("COOKIE-ACK");
    expect(a.association.paths.map(({ destination }) => destination)).toEqual([
      peer.socket.address,
      earlier.address,
      ...(kind.continued ? [address.address] : []),
    ]);
  });

  scriptedTest(`an unknown parameter ${kind.bits} of an INIT ACK ${says(kind)}`, {}, ({ a, peer }) => {
    a.connect([peer.socket.address]);
    peer.answerInit({ parameters: [unknown, address] });
    const [echo, ...rest] = peer.next().chunks;
    expect(echo?.type).toBe("COOKIE-ECHO");
    // §3.3.10.8: "copied from the INIT ACK chunk complete with TLV"; with its padding, as one parameter of a list has it.
    const report = { type: "UNRECOGNIZED-PARAMETERS", bytes: unknown.bytes };
    expect(rest).toEqual(kind.reported ? [{ type: "ERROR", causes: [report] }] : []);
    expect(a.association.paths.map(({ destination }) => destination)).toEqual(
      kind.continued ? [peer.socket.address, address.address] : [peer.socket.address],
    );
  });

  // §3.2.1: "in all four cases, an INIT ACK or COOKIE ECHO chunk is sent in response": the cookie is mandatory, and not
  // among what may be passed over.
  scriptedTest(
    `an unknown parameter ${kind.bits} before the cookie of an INIT ACK hides it not`,
    {},
    (script) => {
      const { a, peer } = script;
      a.connect([peer.socket.address]);
      const init = peer.await("INIT");
      peer.peerTag = init.initiateTag;
      const cookie = { type: "STATE-COOKIE", cookie: Uint8Array.of(9, 8, 7, 6) } as const;
      peer.send({ type: "INIT-ACK", ...peer.initBody({ parameters: [unknown, cookie] }) });
      expect(peer.next().chunks[0]).toEqual({ type: "COOKIE-ECHO", cookie: cookie.cookie });
      expect(a.association.state).toBe("cookie-echoed");
    },
  );
}

scriptedTest(
  "§3.2.2: all that is unknown in an INIT ACK is reported in one cause, in its order",
  {},
  (script) => {
    const { a, peer } = script;
    a.connect([peer.socket.address]);
    const first = Uint8Array.of(0xc1, 0, 0, 5, 1);
    const second = Uint8Array.of(0xc2, 0, 0, 6, 2, 2);
    peer.answerInit({
      parameters: [first, second].map((bytes) => ({
        type: "UNKNOWN",
        typeCode: ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0),
        bytes,
      })),
    });
    const { chunks } = peer.next();
    const bytes = Uint8Array.of(...first, 0, 0, 0, ...second);
    expect(chunks[1]).toEqual({ type: "ERROR", causes: [{ type: "UNRECOGNIZED-PARAMETERS", bytes }] });
  },
);

// §5.1 D: "the COOKIE ACK chunk MUST be the first chunk in the packet"; what is reported follows.
scriptedTest("an unknown chunk behind a COOKIE ECHO is reported behind the COOKIE ACK", {}, ({ a, peer }) => {
  const { cookie } = peer.init();
  const unknown = unknownChunk(0xfe);
  peer.send({ type: "COOKIE-ECHO", cookie }, unknown, peer.data());
  const { chunks } = peer.next();
  expect(chunks.map(({ type }) => type)).toEqual(["COOKIE-ACK", "ERROR", "SACK"]);
  expect(chunks[1]).toMatchObject({ causes: [{ type: "UNRECOGNIZED-CHUNK", chunk: unknown.bytes }] });
  expect(a.deliveries.length).toBe(1);
});
