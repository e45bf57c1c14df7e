import { describe, expect } from "vitest";
import type { Cause } from "../../src/packet/causes/cause.ts";
import { pattern, type Script, scriptedTest } from "../support/ladder-test.ts";
import { reachState } from "../support/reach-state.ts";
import { unknownChunk } from "../support/scripted-peer.ts";
import { ip } from "./units/support.ts";

/** RFC 9260 §3.3.10: each error cause, in what a peer sends and in what we send. */

const TEXT = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Table 11, one of each, and a code that is not in it. */
const CAUSES: readonly Cause[] = [
  { type: "INVALID-STREAM", stream: 77 },
  { type: "MISSING-PARAMETER", types: [7, 5] },
  { type: "OUT-OF-RESOURCE" },
  { type: "UNRESOLVABLE-ADDRESS", parameter: Uint8Array.of(0, 11, 0, 6, 0x61, 0) },
  { type: "UNRECOGNIZED-CHUNK", chunk: Uint8Array.of(0x49, 0, 0, 4) },
  { type: "INVALID-PARAMETER" },
  { type: "UNRECOGNIZED-PARAMETERS", bytes: Uint8Array.of(0xc0, 1, 0, 4) },
  { type: "NO-USER-DATA", tsn: 12_345 as never },
  { type: "COOKIE-WHILE-SHUTTING-DOWN" },
  { type: "RESTART-WITH-NEW-ADDRESSES", parameters: Uint8Array.of(0, 5, 0, 8, 10, 0, 0, 3) },
  { type: "USER-ABORT", reason: TEXT("enough") },
  { type: "PROTOCOL-VIOLATION", info: TEXT("a TSN that was never sent") },
  { type: "UNKNOWN", code: 0x7abc, info: pattern(5) },
];
const STALE: Cause = { type: "STALE-COOKIE", staleness: 1_000 };

const nameOf = (cause: Cause): string => (cause.type === "UNKNOWN" ? `code ${cause.code}` : cause.type);

describe("received", () => {
  for (const cause of CAUSES) {
    // §3.3.10: "An Operation Error is not considered fatal in and of itself"; §11.2.6: the upper layer is told.
    scriptedTest(`${nameOf(cause)} in an ERROR is told, not answered, and changes nothing`, {}, (script) => {
      const { a, peer } = script;
      reachState(script, "established");
      a.send(10);
      peer.expect("DATA");
      peer.send({ type: "ERROR", causes: [cause] });
      peer.expectNothing(100);
      expect(a.events("remote-error")).toMatchObject([{ causes: [cause] }]);
      expect(a.association).toMatchObject({ state: "established", outstandingChunks: 1 });
    });
  }

  for (const cause of [...CAUSES, STALE]) {
    // §9.1: "MUST remove the association from its record and SHOULD report the termination to its upper layer."
    scriptedTest(`${nameOf(cause)} in an ABORT is told with the end`, {}, (script) => {
      const { a, peer } = script;
      reachState(script, "established");
      peer.send({ type: "ABORT", tBit: false, causes: [cause] });
      peer.expectNothing(100);
      expect(a.events("closed")).toMatchObject([{ reason: "peer-aborted", causes: [cause] }]);
    });
  }

  scriptedTest("all of them in one ERROR, and in one ABORT, are told in their order", {}, (script) => {
    const { a, peer } = script;
    reachState(script, "established");
    peer.send({ type: "ERROR", causes: CAUSES });
    peer.send({ type: "ABORT", tBit: false, causes: CAUSES });
    peer.expectNothing(100);
    expect(a.events("remote-error")).toMatchObject([{ causes: CAUSES }]);
    expect(a.events("closed")).toMatchObject([{ causes: CAUSES }]);
  });

  // §5.2.6: "if the association is not in the COOKIE-ECHOED state, the ERROR chunk SHOULD be silently discarded."
  for (const state of ["cookie-wait", "established", "shutdown-sent"] as const) {
    scriptedTest(`STALE-COOKIE in an ERROR in ${state} is discarded`, {}, (script) => {
      const { a, peer } = script;
      reachState(script, state);
      peer.send({ type: "ERROR", causes: [STALE] });
      peer.expectNothing(100);
      expect([a.association.state, a.events("remote-error")]).toEqual([state, []]);
    });
  }

  // §3.3.7: "If an endpoint receives an ABORT chunk with a format error ..., it MUST silently discard it."
  scriptedTest("an ABORT and an ERROR whose cause is longer than they are are discarded", {}, (script) => {
    const { a, peer } = script;
    reachState(script, "established");
    for (const typeCode of [6, 9]) {
      const bytes = Uint8Array.of(typeCode, 0, 0, 12, 0, 12, 0, 9, 1, 2, 3, 4);
      peer.send({ type: "UNKNOWN", typeCode, flags: 0, bytes });
    }
    peer.expectNothing(100);
    expect([a.association.state, a.events("remote-error")]).toEqual(["established", []]);
  });
});

const HOST_NAME = { type: "HOST-NAME", name: TEXT("example.org\0") } as const;
const ADDRESS = { type: "IPV4-ADDRESS", address: ip("192.0.2.77") } as const;

/** What makes the stack send a cause: in an ABORT or an ERROR, exactly this one. */
const SENT: readonly {
  readonly chunk: "ABORT" | "ERROR";
  readonly cause: Cause;
  readonly provoke: (script: Script) => void;
}[] = [
  {
    chunk: "ERROR",
    cause: { type: "INVALID-STREAM", stream: 10 },
    provoke({ peer }) {
      peer.associate({ outboundStreams: 10 });
      peer.send(peer.data({ stream: 10 }));
    },
  },
  {
    chunk: "ABORT",
    cause: { type: "MISSING-PARAMETER", types: [7] },
    provoke({ a, peer }) {
      a.connect([peer.socket.address]);
      peer.peerTag = peer.await("INIT").initiateTag;
      peer.send({ type: "INIT-ACK", ...peer.initBody() });
    },
  },
  {
    chunk: "ERROR",
    // The life of 60 s is over by what the way takes.
    cause: { type: "STALE-COOKIE", staleness: 20_000 },
    provoke({ peer, network }) {
      const { cookie } = peer.init();
      network.run(60_000);
      peer.send({ type: "COOKIE-ECHO", cookie });
    },
  },
  {
    chunk: "ABORT",
    cause: { type: "UNRESOLVABLE-ADDRESS", parameter: Uint8Array.of(0, 11, 0, 16, ...HOST_NAME.name) },
    provoke({ peer }) {
      peer.sendWith({ tag: 0 }, { type: "INIT", ...peer.initBody({ parameters: [HOST_NAME] }) });
    },
  },
  {
    chunk: "ERROR",
    cause: { type: "UNRECOGNIZED-CHUNK", chunk: unknownChunk(0x7e, 12).bytes },
    provoke({ peer }) {
      peer.associate();
      peer.send(unknownChunk(0x7e, 12));
    },
  },
  {
    chunk: "ABORT",
    cause: { type: "INVALID-PARAMETER" },
    provoke({ peer }) {
      peer.sendWith({ tag: 0 }, { type: "INIT", ...peer.initBody({ inboundStreams: 0 }) });
    },
  },
  {
    chunk: "ERROR",
    cause: { type: "UNRECOGNIZED-PARAMETERS", bytes: Uint8Array.of(0xc1, 0, 0, 4) },
    provoke({ a, peer }) {
      a.connect([peer.socket.address]);
      const bytes = Uint8Array.of(0xc1, 0, 0, 4);
      peer.answerInit({ parameters: [{ type: "UNKNOWN", typeCode: 0xc100, bytes }] });
    },
  },
  {
    chunk: "ABORT",
    cause: { type: "NO-USER-DATA", tsn: 1_000 as never },
    provoke({ peer }) {
      peer.associate();
      peer.send(peer.data({ data: new Uint8Array(0) }));
    },
  },
  {
    chunk: "ERROR",
    cause: { type: "COOKIE-WHILE-SHUTTING-DOWN" },
    provoke(script) {
      const { peer } = script;
      peer.associate();
      const { peerTag } = peer;
      const { cookie, initAck } = peer.init({ initiateTag: 0x55555555 });
      peer.peerTag = peerTag;
      peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn });
      peer.sendWith({ tag: initAck.initiateTag }, { type: "COOKIE-ECHO", cookie });
      peer.localTag = 0x55555555;
    },
  },
  {
    chunk: "ABORT",
    cause: { type: "RESTART-WITH-NEW-ADDRESSES", parameters: Uint8Array.of(0, 5, 0, 8, 192, 0, 2, 77) },
    provoke({ peer }) {
      peer.associate();
      peer.sendWith({ tag: 0 }, { type: "INIT", ...peer.initBody({ parameters: [ADDRESS] }) });
    },
  },
  {
    chunk: "ABORT",
    cause: { type: "USER-ABORT", reason: TEXT("enough") },
    provoke({ a, peer }) {
      peer.associate();
      a.abort(TEXT("enough"));
    },
  },
];

describe("sent", () => {
  for (const { chunk, cause, provoke } of SENT) {
    scriptedTest(`${cause.type} in an ${chunk}, with all that the RFC puts into it`, {}, (script) => {
      const { peer } = script;
      provoke(script);
      for (;;) {
        const { chunks, verificationTag } = peer.next(1_000);
        const found = chunks.find(({ type }) => type === chunk);
        if (found === undefined) continue;
        expect(found).toMatchObject({ causes: [cause] });
        expect(verificationTag).toBe(peer.localTag);
        break;
      }
    });
  }

  scriptedTest("PROTOCOL-VIOLATION in an ABORT, with words for people", {}, ({ peer }) => {
    peer.associate();
    peer.send(peer.sack(1));
    const [cause] = peer.expect("ABORT").causes;
    if (cause?.type !== "PROTOCOL-VIOLATION") throw new Error(`${cause?.type}`);
    expect(new TextDecoder().decode(cause.info)).toContain("never sent");
  });
});

// RFC 9260 §6.5: "the endpoint SHALL acknowledge the reception of the DATA chunk following the normal procedure, SHOULD
// immediately send an ERROR chunk with the cause set to 'Invalid Stream Identifier'".
scriptedTest("the last stream is one, and the next one is none", {}, ({ a, peer }) => {
  peer.associate({ outboundStreams: 10 });
  peer.send(peer.data({ stream: 9 }));
  peer.expect("SACK", 25);
  expect(a.deliveries.map(({ stream }) => stream)).toEqual([9]);
  // Two pieces of one message on a stream that is none, and a message on one that is: all are acknowledged.
  const chunks = [
    peer.data({ stream: 10, ending: false }),
    peer.data({ stream: 10, beginning: false }),
    peer.data({ stream: 3, immediate: true }),
  ];
  peer.send(...chunks);
  const answers = peer.collect(25);
  expect(answers.flatMap((chunk) => (chunk.type === "ERROR" ? chunk.causes : []))).toEqual([
    { type: "INVALID-STREAM", stream: 10 },
    { type: "INVALID-STREAM", stream: 10 },
  ]);
  expect(answers.find(({ type }) => type === "SACK")).toMatchObject({
    cumulativeTsn: chunks[2]?.tsn,
    gaps: [],
  });
  expect(a.deliveries.map(({ stream }) => stream)).toEqual([9, 3]);
  expect(a.association.unreadBytes).toBe(0);
});
