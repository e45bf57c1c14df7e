import { expect } from "vitest";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";
import { ladderTest, scriptedTest } from "../support/ladder-test.ts";

/** RFC 5061 §4.2.6: the Adaptation Layer Indication of INIT and INIT ACK, opaque to us. */

const indication = (value: number): Parameter => ({
  type: "ADAPTATION-LAYER-INDICATION",
  indication: value,
});
const wrongShape: Parameter = {
  type: "UNKNOWN",
  typeCode: 0xc006,
  bytes: Uint8Array.of(0xc0, 0x06, 0, 6, 1, 2),
};

const told = (parameters: readonly Parameter[]): number[] =>
  parameters.flatMap((it) => (it.type === "ADAPTATION-LAYER-INDICATION" ? [it.indication] : []));

ladderTest(
  "each side has what the other one was given, all 32 bits of it",
  { configA: { adaptation: 0xffff_fffe }, configZ: { adaptation: 0 } },
  (pair) => {
    pair.connect();
    expect(told(pair.a.sent("INIT").flatMap(({ parameters }) => parameters))).toEqual([0xffff_fffe]);
    expect(told(pair.z.sent("INIT-ACK").flatMap(({ parameters }) => parameters))).toEqual([0]);
    expect(pair.z.association.peerAdaptation).toBe(0xffff_fffe);
    expect(pair.a.association.peerAdaptation).toBe(0);
  },
);

ladderTest("one side alone may have one", { configA: { adaptation: 7 } }, (pair) => {
  pair.connect();
  expect(told(pair.z.sent("INIT-ACK").flatMap(({ parameters }) => parameters))).toEqual([]);
  expect(pair.z.association.peerAdaptation).toBe(7);
  expect(pair.a.association.peerAdaptation).toBeUndefined();
});

ladderTest("by default nobody sends one", {}, (pair) => {
  pair.connect();
  expect(told(pair.a.sent("INIT").flatMap(({ parameters }) => parameters))).toEqual([]);
  expect(pair.z.association.peerAdaptation).toBeUndefined();
});

scriptedTest("a restart has the new one, or none", {}, ({ a, peer }) => {
  peer.associate({ parameters: [indication(1)] });
  expect(a.association.peerAdaptation).toBe(1);
  peer.restart();
  peer.associate({ parameters: [indication(2)] });
  expect(a.events("restarted").length).toBe(1);
  expect(a.association.peerAdaptation).toBe(2);
  peer.restart();
  peer.associate();
  expect(a.association.peerAdaptation).toBeUndefined();
});

// RFC 9260 §3.3.2: "each parameter MUST only be included once".
scriptedTest("of several the first one counts", {}, ({ a, peer }) => {
  peer.associate({ parameters: [indication(1), indication(2)] });
  expect(a.association.peerAdaptation).toBe(1);
});

scriptedTest(
  "one of a wrong length is none, in an INIT",
  { config: { reconfiguration: false, partialReliability: false } },
  ({ a, peer }) => {
    const { initAck, cookie } = peer.init({ parameters: [wrongShape] });
    expect(initAck.parameters.map(({ type }) => type)).toEqual(["STATE-COOKIE"]);
    peer.send({ type: "COOKIE-ECHO", cookie });
    peer.expect("COOKIE-ACK");
    expect(a.association.peerAdaptation).toBeUndefined();
  },
);

scriptedTest("one of a wrong length is none, in an INIT ACK", {}, ({ a, peer }) => {
  a.connect([peer.socket.address]);
  peer.answerInit({ parameters: [wrongShape] });
  peer.expect("COOKIE-ECHO");
  peer.send({ type: "COOKIE-ACK" });
  peer.collect(20);
  expect(a.association.state).toBe("established");
  expect(a.association.peerAdaptation).toBeUndefined();
});
