import { expect } from "vitest";
import { decodePacket } from "../../src/packet/packet.ts";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";
import { ip } from "../stack/support.ts";
import { scriptedTest } from "../support/ladder-test.ts";

/** RFC 5062 §2 to §4: taking the addresses of others, or their associations. */

const VICTIM = "10.0.0.77";
const camped: Parameter = { type: "IPV4-ADDRESS", address: ip(VICTIM) };

/** The victim is an SCTP host: what it hears of is out of the blue. */
scriptedTest(
  "who camps on an address loses the association as soon as its owner is asked",
  {},
  ({ a, peer, network }) => {
    const victim = network.host("V", { addresses: [VICTIM] });
    network.link(VICTIM, "10.0.0.1", { delay: 10 });
    peer.associate({ parameters: [camped] });
    expect(a.association.paths.map(({ destination }) => destination)).toContain(VICTIM);
    // Its HEARTBEAT is answered with an ABORT that has the T bit.
    network.run(2_000);
    expect(a.end).toBe("peer-aborted");
    expect(a.host.stack.associations).toBe(0);
    // Then the owner connects, from the port that the camper had guessed.
    const association = victim
      .endpoint({ port: 5_002 })
      .connect(network.now, { port: 5_001, addresses: [ip("10.0.0.1")], udpPort: a.host.udpPort });
    victim.driver.wake();
    network.run(1_000);
    expect(association.state).toBe("established");
  },
);

/** The victim's own association, which the camper was first to ask for, is a restart that the user hears of. */
scriptedTest("an owner with one address takes it from who camps there", {}, ({ a, peer, network }) => {
  const owner = network.socket(VICTIM);
  network.link(VICTIM, "10.0.0.1", { delay: 10 });
  peer.associate({ parameters: [camped] });
  network.run(10);
  const [address] = a.host.addresses;
  if (address === undefined) throw new Error("no address");
  const say = (bytes: Uint8Array): ReturnType<typeof decodePacket> => {
    owner.received.length = 0;
    owner.send(bytes, address, a.host.udpPort);
    network.run(50);
    return decodePacket(owner.received.at(-1)?.bytes ?? new Uint8Array(0));
  };
  const init = say(
    peer.packet({ tag: 0 }, { type: "INIT", ...peer.initBody({ initiateTag: 0x7777, parameters: [] }) }),
  )?.chunks[0];
  if (init?.type !== "INIT-ACK") throw new Error("no INIT ACK");
  const cookie = init.parameters.find(({ type }) => type === "STATE-COOKIE");
  if (cookie?.type !== "STATE-COOKIE") throw new Error("no cookie");
  const answer = say(peer.packet({ tag: init.initiateTag }, { type: "COOKIE-ECHO", cookie: cookie.cookie }));
  expect(answer?.chunks[0]?.type).toBe("COOKIE-ACK");
  expect(a.events("restarted")).toHaveLength(1);
  // Nothing goes to the camper any more.
  expect(a.association.paths.map(({ destination }) => destination)).toEqual([VICTIM]);
  peer.clear();
  a.send(100);
  peer.expectNothing(500);
});

scriptedTest(
  "a blind HEARTBEAT ACK from an address that was listed proves nothing",
  { paths: 2 },
  ({ a, peer, network }) => {
    const forged = network.socket("10.1.0.66");
    network.link("10.1.0.66", "10.1.0.1");
    const [, second] = a.host.addresses;
    if (second === undefined) throw new Error("no second address");
    peer.associate({ parameters: [{ type: "IPV4-ADDRESS", address: forged.address }] });
    const isConfirmed = (): boolean =>
      a.association.paths.find(({ destination }) => destination === forged.address)?.state === "active";
    // Who does not see the HEARTBEAT knows all of it but the nonce, whose 8 bytes stand behind the time.
    network.run(100);
    const seen = decodePacket(forged.received.at(-1)?.bytes ?? new Uint8Array(0))?.chunks[0];
    if (seen?.type !== "HEARTBEAT") throw new Error("no HEARTBEAT");
    for (let byte = 8; byte < 16; byte++) {
      const info = seen.info.slice();
      info[byte] = (info[byte] ?? 0) ^ 1;
      forged.send(peer.packet({}, { type: "HEARTBEAT-ACK", info }), second);
      network.run(5);
      expect(isConfirmed()).toBe(false);
    }
    forged.send(peer.packet({}, { type: "HEARTBEAT-ACK", info: seen.info.slice() }), second);
    network.run(5);
    expect(isConfirmed()).toBe(true);
  },
);

scriptedTest(
  "who is where the peer was learns no tag by asking, and what he begins is told as a restart",
  {},
  ({ a, peer }) => {
    peer.associate();
    const tags = [a.association.localTag, a.association.peerTag];
    peer.restart();
    const { cookie, initAck } = peer.init();
    for (const tag of tags) {
      const bytes = [24, 16, 8, 0].map((shift) => (tag >>> shift) & 0xff);
      const at = cookie.findIndex((_, index) => bytes.every((byte, i) => cookie[index + i] === byte));
      expect(at).toBe(-1);
    }
    expect(tags).not.toContain(initAck.initiateTag);
    expect(a.events("restarted")).toHaveLength(0);
    peer.send({ type: "COOKIE-ECHO", cookie });
    peer.await("COOKIE-ACK");
    expect(a.events("restarted")).toHaveLength(1);
  },
);
