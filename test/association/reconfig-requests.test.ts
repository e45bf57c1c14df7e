import { expect } from "vitest";
import { asSerial, asSsn, asTsn, tsnAdd } from "../../src/base/serial.ts";
import type { ReconfigParameter } from "../../src/packet/parameters/reconfig/reconfig-parameter.ts";
import { scriptedTest } from "../support/ladder-test.ts";
import {
  accept,
  associate,
  nextResults,
  type Requests,
  Result,
  reconfig,
  requests,
  response,
  sentTsn,
} from "../support/reconfig.ts";
import type { ScriptedPeer } from "../support/scripted-peer.ts";

/** RFC 6525 §5.2: requests of a peer, also such as no peer should send. */

scriptedTest("§5.1.1: RE-CONFIG is listed in INIT ACK, and in INIT", {}, ({ a, peer }) => {
  const listed = { type: "SUPPORTED-EXTENSIONS", chunkTypes: [0xc0, 0x82] };
  expect(peer.init().initAck.parameters).toContainEqual(listed);
  a.connect([peer.socket.address]);
  expect(peer.await("INIT").parameters).toContainEqual(listed);
});

scriptedTest(
  "an endpoint that has it off lists nothing",
  { config: { reconfiguration: false, partialReliability: false } },
  ({ a, peer }) => {
    expect(peer.init().initAck.parameters.map(({ type }) => type)).toEqual(["STATE-COOKIE"]);
    a.connect([peer.socket.address]);
    expect(peer.await("INIT").parameters).toEqual([]);
  },
);

scriptedTest("§5.2.2: an outgoing reset is performed, with a SACK", {}, ({ a, peer }) => {
  associate(peer);
  peer.send(peer.data({ immediate: true }));
  peer.expect("SACK");
  const { outgoing } = requests(peer);
  peer.send(reconfig(outgoing(0, [0], { lastTsn: sentTsn(peer, 1) })));
  const { chunks } = peer.next();
  expect(chunks.map(({ type }) => type)).toEqual(["RE-CONFIG", "SACK"]);
  expect(chunks[0]).toMatchObject({ parameters: [{ result: Result.PERFORMED, responseSequence: 1_000 }] });
  peer.send(peer.data({ ssn: asSsn(0) }));
  peer.collect(1_000);
  expect(a.deliveries.map(({ ssn }) => ssn)).toEqual([0, 0]);
});

scriptedTest(
  "§5.2.2 E2: until its last TSN has come a reset is in progress, and data behind waits",
  {},
  ({ a, peer }) => {
    associate(peer);
    const { outgoing } = requests(peer);
    const before = [peer.data(), peer.data(), peer.data({ stream: 1 })];
    const after = [peer.data({ ssn: asSsn(0) }), peer.data({ stream: 1 })];
    peer.send(reconfig(outgoing(0, [0], { lastTsn: sentTsn(peer, 3) })));
    expect(nextResults(peer)).toEqual([Result.IN_PROGRESS]);
    peer.send(...after);
    peer.send(before[0] as (typeof before)[0], before[2] as (typeof before)[0]);
    peer.collect(300);
    // Of stream 1 nothing waits.
    expect(a.deliveries.map(({ stream, ssn }) => [stream, ssn])).toEqual([
      [0, 0],
      [1, 0],
      [1, 1],
    ]);
    // Its retransmission is answered the same.
    peer.send(reconfig(outgoing(0, [0], { lastTsn: sentTsn(peer, 3) })));
    expect(nextResults(peer)).toEqual([Result.IN_PROGRESS]);
    peer.send(before[1] as (typeof before)[0]);
    expect(nextResults(peer)).toEqual([Result.PERFORMED]);
    peer.collect(300);
    expect(a.deliveries.slice(3).map(({ stream, ssn }) => [stream, ssn])).toEqual([
      [0, 1],
      [0, 0],
    ]);
    expect(a.events("streams-reset").length).toBe(1);
    peer.send(reconfig(outgoing(0, [0], { lastTsn: sentTsn(peer, 3) })));
    expect(nextResults(peer)).toEqual([Result.PERFORMED]);
    expect(a.events("streams-reset").length).toBe(1);
  },
);

scriptedTest("§5.2.2: another reset while one is in progress", {}, ({ peer }) => {
  associate(peer);
  const { outgoing, tsns } = requests(peer);
  peer.send(reconfig(outgoing(0, [0], { lastTsn: sentTsn(peer, 3) })));
  expect(nextResults(peer)).toEqual([Result.IN_PROGRESS]);
  peer.send(reconfig(outgoing(1, [1])));
  expect(nextResults(peer)).toEqual([Result.ALREADY]);
  peer.send(reconfig(tsns(2)));
  expect(nextResults(peer)).toEqual([Result.ALREADY]);
});

scriptedTest("a message that never came whole its turn is delivered at the reset", {}, ({ a, peer }) => {
  associate(peer);
  const { outgoing } = requests(peer);
  peer.send(peer.data({ ssn: asSsn(5) }), peer.data({ ssn: asSsn(3) }));
  peer.send(reconfig(outgoing(0, [], { lastTsn: sentTsn(peer, 2) })));
  expect(nextResults(peer)).toEqual([Result.PERFORMED]);
  peer.send(peer.data({ ssn: asSsn(0) }));
  peer.collect(300);
  expect(a.deliveries.map(({ ssn }) => ssn)).toEqual([3, 5, 0]);
});

scriptedTest("§5.2.3: an incoming reset is answered by an outgoing one, also again", {}, ({ a, peer }) => {
  associate(peer);
  a.send(10, { stream: 3 });
  peer.await("DATA");
  peer.send(peer.sack(1));
  const { incoming, number } = requests(peer);
  peer.send(reconfig(incoming(0, [3])));
  const request = {
    type: "OUTGOING-SSN-RESET-REQUEST",
    requestSequence: asSerial(peer.peerInitialTsn),
    responseSequence: number(0),
    lastTsn: peer.peerInitialTsn,
    streams: [3],
  };
  expect(peer.await("RE-CONFIG").parameters).toEqual([request]);
  // The same chunk for the same request.
  peer.send(reconfig(incoming(0, [3])));
  expect(peer.await("RE-CONFIG", 100).parameters).toEqual([request]);
  peer.send(reconfig(response(peer, 0, Result.PERFORMED)));
  a.send(10, { stream: 3 });
  expect(peer.await("DATA").ssn).toBe(0);
  peer.send(peer.sack(2));
  peer.send(reconfig(incoming(0, [3])));
  expect(nextResults(peer)).toEqual([Result.PERFORMED]);
  expect(a.events("reconfigured")).toEqual([]);
});

scriptedTest("§5.2.3: in progress while data of the streams is on its way", {}, ({ a, peer }) => {
  associate(peer);
  a.send(10, { stream: 3 });
  peer.await("DATA");
  const { incoming } = requests(peer);
  peer.send(reconfig(incoming(0, [3])));
  expect(nextResults(peer)).toEqual([Result.IN_PROGRESS]);
  peer.send(peer.sack(1));
  expect(peer.await("RE-CONFIG").parameters).toMatchObject([{ type: "OUTGOING-SSN-RESET-REQUEST" }]);
});

scriptedTest("§5.2.3: nothing to do for streams at 0, and for those being reset", {}, ({ a, peer }) => {
  associate(peer);
  const { incoming } = requests(peer);
  peer.send(reconfig(incoming(0, [])));
  expect(nextResults(peer)).toEqual([Result.NOTHING]);
  a.send(10, { stream: 3 });
  peer.await("DATA");
  peer.send(peer.sack(1));
  peer.collect(50);
  a.association.resetStreams(a.host.now, { outgoing: [3, 4] });
  a.host.driver.wake();
  peer.await("RE-CONFIG");
  peer.send(reconfig(incoming(1, [3])));
  expect(nextResults(peer)).toEqual([Result.NOTHING]);
  // Not for more than these.
  peer.send(reconfig(incoming(2, [])));
  expect(nextResults(peer)).toEqual([Result.IN_PROGRESS]);
  peer.send(reconfig(response(peer, 0, Result.PERFORMED)));
  peer.collect(50);
});

for (const [kind, parameter] of [
  ["outgoing", (it: Requests) => it.outgoing(0, [5, 2_048])],
  ["incoming", (it: Requests) => it.incoming(0, [65_535])],
] as const) {
  scriptedTest(
    `a stream that does not exist, ${kind}: wrong SSN, and no other is reset`,
    {},
    ({ a, peer }) => {
      associate(peer);
      peer.send(reconfig(parameter(requests(peer))));
      expect(nextResults(peer)).toEqual([Result.WRONG_SSN]);
      expect(a.events("streams-reset")).toEqual([]);
    },
  );
}

const off = { allowStreamReset: false, allowAssociationReset: false, allowStreamChange: false };
const all: readonly ((it: Requests) => ReconfigParameter)[] = [
  (it) => it.outgoing(0, []),
  (it) => it.incoming(0, []),
  (it) => it.tsns(0),
  (it) => it.addOutgoing(0, 1),
  (it) => it.addIncoming(0, 1),
];

/** §5.1.7 D3, D4: TSNs are in each answer to a request for their reset, whatever the result, and in no other. */
function tsnsFor(type: ReconfigParameter["type"], peer: ScriptedPeer): object {
  if (type !== "SSN-TSN-RESET-REQUEST") return {};
  return { senderNextTsn: peer.peerInitialTsn, receiverNextTsn: tsnAdd(peer.initialTsn, 2 ** 31) };
}

for (const make of all) {
  const { type } = make(requests({ initialTsn: asTsn(0), peerInitialTsn: asTsn(0) }));
  scriptedTest(`§5.2.1: ${type} is denied where it is not allowed`, { config: off }, ({ a, peer }) => {
    associate(peer);
    peer.send(reconfig(make(requests(peer))));
    const [answer, ...others] = peer.await("RE-CONFIG").parameters;
    expect(others).toEqual([]);
    expect(answer).toEqual({
      type: "RE-CONFIG-RESPONSE",
      responseSequence: 1_000,
      result: Result.DENIED,
      ...tsnsFor(type, peer),
    });
    expect(peer.collect(5_000)).toEqual([]);
    expect([a.association.inboundStreams, a.association.outboundStreams]).toEqual([10, 10]);
    peer.send(peer.data({ immediate: true }));
    expect(peer.expect("SACK").cumulativeTsn).toBe(1_000);
  });

  scriptedTest(`${type}: stale and future numbers are bad, and move nothing`, {}, ({ a, peer }) => {
    associate(peer);
    const parameter = make(requests(peer));
    for (const offset of [-1, 1, 2 ** 31, -(2 ** 31) + 5, -1_000]) {
      const requestSequence = asSerial(peer.initialTsn + offset);
      peer.send(reconfig({ ...parameter, requestSequence } as ReconfigParameter));
      expect(peer.await("RE-CONFIG").parameters).toEqual([
        {
          type: "RE-CONFIG-RESPONSE",
          responseSequence: requestSequence,
          result: Result.BAD_SEQUENCE,
          ...tsnsFor(parameter.type, peer),
        },
      ]);
    }
    for (const type of ["streams-reset", "association-reset", "streams-added"] as const) {
      expect(a.events(type)).toEqual([]);
    }
    // The right one is taken.
    peer.send(reconfig(parameter));
    expect(peer.await("RE-CONFIG").parameters[0]).not.toMatchObject({ result: Result.BAD_SEQUENCE });
  });

  scriptedTest(`${type}: a request answered long ago has a bad number`, {}, ({ peer }) => {
    associate(peer);
    const { outgoing } = requests(peer);
    for (let nth = 0; nth < 3; nth += 1) {
      peer.send(reconfig(outgoing(nth, [1])));
      expect(nextResults(peer)).toEqual([Result.PERFORMED]);
    }
    peer.send(reconfig(make(requests(peer))));
    expect(nextResults(peer)).toEqual([Result.BAD_SEQUENCE]);
  });
}

const forbidden: readonly (readonly [string, (it: Requests) => ReconfigParameter[]])[] = [
  ["two outgoing resets", (it) => [it.outgoing(0, [1]), it.outgoing(1, [2])]],
  ["TSNs and an outgoing reset", (it) => [it.tsns(0), it.outgoing(1, [2])]],
  ["an incoming reset and streams", (it) => [it.incoming(0, [1]), it.addOutgoing(1, 1)]],
  ["two additions of one kind", (it) => [it.addOutgoing(0, 1), it.addOutgoing(1, 1)]],
  ["three", (it) => [it.outgoing(0, []), it.incoming(1, []), it.addOutgoing(2, 1)]],
  ["none", () => []],
];

for (const [what, make] of forbidden) {
  scriptedTest(`§3.1: ${what} may not share a chunk`, {}, ({ a, peer }) => {
    associate(peer);
    peer.send(reconfig(...make(requests(peer))));
    expect(peer.await("ERROR").causes).toMatchObject([{ type: "PROTOCOL-VIOLATION" }]);
    expect(peer.collect(1_000)).toEqual([]);
    expect(a.events("streams-reset")).toEqual([]);
    expect(a.association.state).toBe("established");
    peer.send(reconfig(requests(peer).outgoing(0, [])));
    expect(nextResults(peer)).toEqual([Result.PERFORMED]);
  });
}

scriptedTest("§3.1: a response with an incoming reset may not share a chunk", {}, ({ peer }) => {
  associate(peer);
  peer.send(reconfig(response(peer, 0, 1), requests(peer).incoming(0, [])));
  expect(peer.await("ERROR").causes).toMatchObject([{ type: "PROTOCOL-VIOLATION" }]);
});

for (const [typeCode, reported, goesOn] of [
  [0x0013, false, false],
  [0x4013, true, false],
  [0x8013, false, true],
  [0xc013, true, true],
] as const) {
  const hex = typeCode.toString(16);
  scriptedTest(
    `an unknown parameter 0x${hex}: reported ${reported}, the next one read ${goesOn}`,
    {},
    ({ peer }) => {
      associate(peer);
      const bytes = Uint8Array.of(typeCode >> 8, typeCode & 0xff, 0, 8, 1, 2, 3, 4);
      peer.send(reconfig({ type: "UNKNOWN", typeCode, bytes }, requests(peer).outgoing(0, [])));
      const chunks = peer.collect(1_000);
      expect(chunks.flatMap((it) => (it.type === "ERROR" ? it.causes : []))).toEqual(
        reported ? [{ type: "UNRECOGNIZED-PARAMETERS", bytes }] : [],
      );
      expect(chunks.some(({ type }) => type === "RE-CONFIG")).toBe(goesOn);
    },
  );
}

scriptedTest(
  "§5.2.5: streams are added up to the limit, and 65,535",
  {
    config: { inboundStreams: 65_535 },
  },
  ({ a, peer }) => {
    associate(peer);
    const { addOutgoing } = requests(peer);
    peer.send(reconfig(addOutgoing(0, 65_526)));
    expect(nextResults(peer)).toEqual([Result.DENIED]);
    peer.send(reconfig(addOutgoing(1, 0)));
    expect(nextResults(peer)).toEqual([Result.NOTHING]);
    peer.send(reconfig(addOutgoing(2, 65_525)));
    expect(nextResults(peer)).toEqual([Result.PERFORMED]);
    expect(a.association.inboundStreams).toBe(65_535);
    peer.send(peer.data({ stream: 65_534, immediate: true }));
    peer.collect(100);
    expect(a.deliveries.map(({ stream }) => stream)).toEqual([65_534]);
    // A retransmission adds nothing.
    peer.send(reconfig(addOutgoing(2, 65_525)));
    expect(nextResults(peer)).toEqual([Result.PERFORMED]);
    expect(a.events("streams-added").length).toBe(1);
  },
);

scriptedTest("§5.2.6: we add outgoing streams when the peer has taken them", {}, ({ a, peer }) => {
  associate(peer);
  const { addIncoming } = requests(peer);
  peer.send(reconfig(addIncoming(0, 5)));
  expect(nextResults(peer)).toEqual([Result.PERFORMED]);
  expect(peer.await("RE-CONFIG").parameters).toMatchObject([
    { type: "ADD-OUTGOING-STREAMS-REQUEST", newStreams: 5 },
  ]);
  expect(a.association.outboundStreams).toBe(10);
  peer.send(reconfig(addIncoming(1, 5)));
  expect(nextResults(peer)).toEqual([Result.ALREADY]);
  peer.send(reconfig(response(peer, 0, Result.PERFORMED)));
  peer.collect(50);
  expect(a.association.outboundStreams).toBe(15);
  peer.send(reconfig(addIncoming(2, 2_034)));
  expect(nextResults(peer)).toEqual([Result.DENIED]);
});

scriptedTest(
  "a thousand requests in few packets are answered by one chunk a packet, of the latest two",
  {},
  ({ network, peer }) => {
    associate(peer);
    const { outgoing } = requests(peer);
    for (let packet = 0; packet < 20; packet += 1) {
      const chunks = Array.from({ length: 50 }, (_, nth) => reconfig(outgoing(packet * 50 + nth, [1])));
      peer.send(...chunks);
      network.run(100);
      const answers = peer.collect(0).filter(({ type }) => type === "RE-CONFIG");
      const latest = [48, 49].map((nth) => ({ responseSequence: 1_000 + packet * 50 + nth }));
      expect(answers).toMatchObject([{ parameters: latest }]);
    }
  },
);

scriptedTest("a reset in a shutdown is answered, but we ask for none", {}, (script) => {
  const { a, peer } = script;
  accept(script);
  a.send(10);
  peer.await("DATA");
  a.shutdown();
  const { outgoing, incoming, tsns, addIncoming } = requests(peer);
  peer.send(reconfig(outgoing(0, [])));
  expect(nextResults(peer)).toEqual([Result.PERFORMED]);
  for (const parameter of [incoming(1, []), tsns(2), addIncoming(3, 1)]) {
    peer.send(reconfig(parameter));
    expect(nextResults(peer)).toEqual([Result.DENIED]);
  }
  expect(() => a.association.resetStreams(a.host.now, { outgoing: "all" })).toThrow("shutting down");
  peer.send(peer.sack(1));
  peer.await("SHUTDOWN");
  peer.send(reconfig(incoming(4, [])));
  expect(nextResults(peer)).toEqual([Result.DENIED]);
  peer.send({ type: "SHUTDOWN-ACK" });
  peer.await("SHUTDOWN-COMPLETE");
});

scriptedTest("a restart has the numbers of the new association", {}, ({ a, peer }) => {
  associate(peer, { outboundStreams: 7 });
  peer.send(reconfig(requests(peer).addOutgoing(0, 3)));
  expect(nextResults(peer)).toEqual([Result.PERFORMED]);
  a.association.resetStreams(a.host.now, { outgoing: "all" });
  a.send(10);
  a.host.driver.wake();
  peer.await("RE-CONFIG");
  peer.restart();
  peer.initialTsn = asTsn(7_000);
  associate(peer, { outboundStreams: 7 });
  expect(a.events("reconfigured")).toMatchObject([{ outgoing: "failed" }]);
  expect(a.events("failed")).toMatchObject([{ failure: "restarted" }]);
  expect(a.association.inboundStreams).toBe(7);
  peer.clear();
  peer.send(reconfig(requests(peer).outgoing(0, [])));
  expect(nextResults(peer)).toEqual([Result.PERFORMED]);
  a.association.resetStreams(a.host.now, { outgoing: "all" });
  a.host.driver.wake();
  expect(peer.await("RE-CONFIG").parameters).toMatchObject([{ requestSequence: peer.peerInitialTsn }]);
});

scriptedTest("RE-CONFIG before the association is up moves nothing", {}, ({ a, peer }) => {
  a.connect([peer.socket.address]);
  peer.answerInit({ parameters: [{ type: "SUPPORTED-EXTENSIONS", chunkTypes: [0x82] }] });
  peer.await("COOKIE-ECHO");
  peer.send(reconfig(requests(peer).outgoing(0, [])));
  expect(peer.collect(500)).toEqual([]);
  expect(a.events("streams-reset")).toEqual([]);
});

scriptedTest(
  "a peer that is asked for some streams may not reset others with them, where it may do nothing by itself",
  { config: { allowStreamReset: false } },
  ({ a, peer, network }) => {
    associate(peer);
    a.association.resetStreams(a.host.now, { incoming: [1] });
    a.host.driver.wake();
    peer.await("RE-CONFIG");
    const asked = { responseSequence: peer.peerInitialTsn };
    peer.send(reconfig(requests(peer).outgoing(0, [], asked)));
    expect(nextResults(peer)).toEqual([Result.DENIED]);
    network.run(100);
    expect(a.events("streams-reset")).toMatchObject([{ direction: "incoming", result: "denied" }]);
    expect(a.events("reconfigured")).toMatchObject([{ incoming: "denied" }]);
  },
);
