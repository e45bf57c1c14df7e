import { expect } from "vitest";
import { asSsn, tsnAdd } from "../../src/base/serial.ts";
import type { ForwardTsnChunk } from "../../src/packet/chunks/forward-tsn.ts";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";
import { ladderTest, type Script, scriptedTest } from "../support/ladder-test.ts";
import {
  accept,
  associate,
  nextResults,
  Result,
  reconfig,
  requests,
  response,
  sentTsn,
} from "../support/reconfig.ts";

/** RFC 6525: what crosses a request of ours on its way, is older than it, or answers it late. */

const HALF = 2 ** 31;
const PR = { config: { partialReliability: true } } as const;
const parameters: readonly Parameter[] = [
  { type: "FORWARD-TSN-SUPPORTED" },
  { type: "SUPPORTED-EXTENSIONS", chunkTypes: [0x82, 0xc0] },
];

function forward({ peer }: Script, offset: number, ...streams: [number, number][]): ForwardTsnChunk {
  return {
    type: "FORWARD-TSN",
    newCumulativeTsn: tsnAdd(peer.initialTsn, offset),
    streams: streams.map(([stream, ssn]) => ({ stream, ssn: asSsn(ssn) })),
  };
}

scriptedTest("a FORWARD TSN of before a reset of the TSNs comes late, and is of no account", PR, (script) => {
  const { a, peer, network } = script;
  peer.associate({ parameters });
  peer.data();
  peer.send(forward(script, 0, [0, 0]));
  peer.await("SACK");
  peer.send(reconfig(requests(peer).tsns(0)));
  expect(nextResults(peer)).toEqual([Result.PERFORMED]);
  for (const offset of [-2, -1, 0]) peer.send(forward(script, offset, [0, 0]));
  network.run(100);
  expect(a.association.state).toBe("established");
  expect(a.association.cumulativeTsn).toBe(tsnAdd(peer.initialTsn, HALF));
  // Nor is one that is later than any packet may be.
  network.run(31_000);
  peer.send(forward(script, -1, [0, 0]));
  network.run(100);
  expect(a.association.cumulativeTsn).toBe(tsnAdd(peer.initialTsn, HALF));
});

scriptedTest("a FORWARD TSN while our reset of the TSNs is out is taken after the answer", PR, (script) => {
  const { a, peer } = script;
  a.connect([peer.socket.address]);
  peer.accept({ parameters });
  for (const ssn of [0, 1, 2]) peer.send(peer.data({ ssn: asSsn(ssn) }));
  peer.collect(500);
  a.association.resetAssociation(a.host.now);
  a.host.driver.wake();
  peer.await("RE-CONFIG");
  // The peer has done it, gives its first message up, and sends another one; the answer comes last.
  peer.data();
  const late = { ...peer.data({ ssn: asSsn(1) }), immediate: true };
  peer.send(forward(script, 3, [0, 0]));
  peer.send(late);
  // Not acknowledged: the peer says it again.
  expect(peer.await("SACK").cumulativeTsn).toBe(tsnAdd(peer.initialTsn, 2));
  expect(a.deliveries.length).toBe(3);
  const tsns = { sender: tsnAdd(peer.initialTsn, 3), receiver: peer.peerInitialTsn };
  peer.send(reconfig(response(peer, 0, Result.PERFORMED, tsns)));
  peer.collect(100);
  peer.send(forward(script, 3, [0, 0]));
  expect(peer.await("SACK").cumulativeTsn).toBe(tsnAdd(peer.initialTsn, 4));
  expect(a.deliveries.map(({ ssn }) => ssn)).toEqual([0, 1, 2, 1]);
});

scriptedTest("C2: a reset of the peer's does not let go what waits for ours", {}, (script) => {
  const { a, peer } = script;
  accept(script);
  a.send(10);
  peer.await("DATA");
  // Ours waits for the acknowledgement; the peer's comes before it.
  a.association.resetAssociation(a.host.now);
  a.send(10);
  peer.send(reconfig(requests(peer).tsns(0)));
  const [answered] = peer.await("RE-CONFIG").parameters;
  expect(answered).toMatchObject({ result: Result.PERFORMED });
  expect(peer.await("RE-CONFIG").parameters).toMatchObject([{ type: "SSN-TSN-RESET-REQUEST" }]);
  expect(peer.collect(200).filter(({ type }) => type === "DATA")).toEqual([]);
  const receiver = tsnAdd(peer.peerInitialTsn, 1 + HALF);
  peer.send(
    reconfig(response(peer, 0, Result.PERFORMED, { sender: tsnAdd(peer.initialTsn, HALF), receiver })),
  );
  expect(peer.await("DATA")).toMatchObject({ tsn: receiver, ssn: 0 });
});

scriptedTest("A1: a reset of the TSNs does not let go what waits for a reset of streams", {}, (script) => {
  const { a, peer } = script;
  accept(script);
  a.send(10);
  peer.await("DATA");
  peer.send(peer.sack(1));
  peer.collect(50);
  a.association.resetStreams(a.host.now, { outgoing: [0] });
  a.send(10);
  peer.await("RE-CONFIG");
  peer.send(reconfig(requests(peer).tsns(0)));
  peer.await("RE-CONFIG");
  expect(peer.collect(200).filter(({ type }) => type === "DATA")).toEqual([]);
  peer.send(reconfig(response(peer, 0, Result.PERFORMED)));
  expect(peer.await("DATA")).toMatchObject({ tsn: tsnAdd(peer.peerInitialTsn, 1), ssn: 0 });
});

scriptedTest("§5.2.2 E1: what we ask for is performed when the peer's reset is", {}, (script) => {
  const { a, peer } = script;
  accept(script);
  a.association.resetStreams(a.host.now, { incoming: [4] });
  a.host.driver.wake();
  peer.await("RE-CONFIG");
  const { outgoing } = requests(peer);
  const late = peer.data({ stream: 4 });
  peer.send(reconfig(outgoing(0, [4], { lastTsn: sentTsn(peer, 1), responseSequence: peer.peerInitialTsn })));
  expect(nextResults(peer)).toEqual([Result.IN_PROGRESS]);
  // Acknowledged: it is not sent again; and not over.
  expect(peer.collect(20_000).filter(({ type }) => type === "RE-CONFIG")).toEqual([]);
  expect(a.events("reconfigured")).toEqual([]);
  peer.send(late);
  expect(nextResults(peer)).toEqual([Result.PERFORMED]);
  expect(a.events("streams-reset")).toMatchObject([{ direction: "incoming", streams: [4] }]);
  expect(a.events("reconfigured")).toMatchObject([{ incoming: "performed" }]);
});

for (const [what, streams, result] of [
  ["of streams that there are not", [10], Result.WRONG_SSN],
  ["while another one is in progress", [4], Result.ALREADY],
] as const) {
  scriptedTest(`§5.2.2: an answer ${what} is none`, {}, (script) => {
    const { a, peer } = script;
    accept(script);
    const { outgoing } = requests(peer);
    if (result === Result.ALREADY) {
      peer.send(reconfig(outgoing(0, [1], { lastTsn: sentTsn(peer, 1) })));
      expect(nextResults(peer)).toEqual([Result.IN_PROGRESS]);
    }
    a.association.resetStreams(a.host.now, { incoming: [4] });
    a.host.driver.wake();
    peer.await("RE-CONFIG");
    const nth = result === Result.ALREADY ? 1 : 0;
    peer.send(reconfig(outgoing(nth, streams, { responseSequence: peer.peerInitialTsn })));
    expect(nextResults(peer)).toEqual([result]);
    expect(a.events("reconfigured")).toMatchObject([{ incoming: "failed" }]);
    expect(a.events("streams-reset").map(({ result }) => result)).toEqual(["failed"]);
  });
}

scriptedTest("E2: a last TSN that cannot have been sent is not waited for", {}, ({ a, peer }) => {
  associate(peer);
  const { outgoing } = requests(peer);
  peer.send(reconfig(outgoing(0, [1], { lastTsn: tsnAdd(peer.initialTsn, 131_072) })));
  expect(nextResults(peer)).toEqual([Result.DENIED]);
  peer.send(reconfig(outgoing(1, [1], { lastTsn: tsnAdd(peer.initialTsn, 131_071) })));
  expect(nextResults(peer)).toEqual([Result.IN_PROGRESS]);
  expect(a.events("streams-reset")).toEqual([]);
});

ladderTest(
  "§5.1.1: a lost request goes to another destination, and is an error of the one that it went to",
  { paths: 2, config: { heartbeats: false, potentiallyFailedMaxRetrans: 5 } },
  (pair) => {
    const { a, network } = pair;
    pair.connect();
    const [first, second] = a.association.paths.map(({ destination }) => destination);
    network.run(5_000);
    const silent = (destination: string | undefined) =>
      network.filter((datagram) => datagram.destination !== destination);
    const stop = silent(first);
    a.association.resetStreams(a.host.now, { outgoing: [1] });
    a.host.driver.wake();
    pair.until("it is answered", () => a.events("reconfigured").length > 0);
    stop();
    const sent = a.packets.filter(({ bytes }) => bytes[12] === 0x82).map(({ destination }) => destination);
    expect(sent).toEqual([first, second]);
    expect(a.association.paths.map(({ errors }) => errors)).toEqual([1, 0]);
  },
);

scriptedTest(
  "streams that are asked for count towards 65,535",
  { config: { inboundStreams: 65_535 } },
  (it) => {
    const { a, peer } = it;
    accept(it);
    peer.send(reconfig(requests(peer).addIncoming(0, 65_000)));
    expect(nextResults(peer)).toEqual([Result.PERFORMED]);
    peer.await("RE-CONFIG");
    expect(() => a.association.addStreams(a.host.now, { outgoing: 526 })).toThrow("more than 65535");
    a.association.addStreams(a.host.now, { outgoing: 500 });
    peer.send(reconfig(requests(peer).addIncoming(1, 100)));
    expect(nextResults(peer)).toEqual([Result.DENIED]);
    for (const nth of [0, 1]) {
      peer.send(reconfig(response(peer, nth, Result.PERFORMED)));
      peer.collect(50);
    }
    expect(a.association.outboundStreams).toBe(65_510);
  },
);

scriptedTest("a shutdown waits for the answer to a reset that holds messages back", {}, (script) => {
  const { a, peer } = script;
  accept(script);
  a.send(10);
  peer.await("DATA");
  peer.send(peer.sack(1));
  peer.collect(50);
  a.association.resetStreams(a.host.now, { outgoing: [0] });
  a.send(10);
  peer.await("RE-CONFIG");
  a.shutdown();
  expect(peer.collect(500).map(({ type }) => type)).not.toContain("SHUTDOWN");
  peer.send(reconfig(response(peer, 0, Result.PERFORMED)));
  expect(peer.await("DATA").ssn).toBe(0);
  peer.send(peer.sack(2));
  peer.await("SHUTDOWN");
  expect(a.events("reconfigured")).toMatchObject([{ outgoing: "performed" }]);
});
