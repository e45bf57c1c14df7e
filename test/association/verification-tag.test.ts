import { expect } from "vitest";
import { writeChecksum } from "../../src/base/crc32c.ts";
import { scriptedTest } from "../support/ladder-test.ts";

/** RFC 9260 §8.4 and §8.5: packets that belong to nobody, and tags that are wrong. */

const HEARTBEAT = { type: "HEARTBEAT", info: new Uint8Array(8) } as const;

scriptedTest("a packet out of the blue is answered with ABORT and its own tag", {}, ({ peer }) => {
  peer.sendWith({ tag: 0x1234 }, HEARTBEAT);
  const packet = peer.next();
  expect(packet.verificationTag).toBe(0x1234);
  expect(packet.chunks).toMatchObject([{ type: "ABORT", tBit: true }]);
});

for (const [what, chunk] of [
  ["ABORT", { type: "ABORT", tBit: false, causes: [] }],
  ["SHUTDOWN COMPLETE", { type: "SHUTDOWN-COMPLETE", tBit: false }],
  ["COOKIE ACK", { type: "COOKIE-ACK" }],
  ["Stale Cookie", { type: "ERROR", causes: [{ type: "STALE-COOKIE", staleness: 1 }] }],
] as const) {
  scriptedTest(`${what} out of the blue is not answered`, {}, ({ peer }) => {
    peer.sendWith({ tag: 0x1234 }, chunk);
    peer.expectNothing(1_000);
  });
}

scriptedTest("an ABORT behind another chunk silences a packet out of the blue", {}, ({ peer }) => {
  peer.sendWith({ tag: 0x1234 }, HEARTBEAT, { type: "ABORT", tBit: false, causes: [] });
  peer.expectNothing(1_000);
});

scriptedTest("SHUTDOWN ACK out of the blue is answered with SHUTDOWN COMPLETE", {}, ({ peer }) => {
  peer.sendWith({ tag: 0x1234 }, { type: "SHUTDOWN-ACK" });
  const packet = peer.next();
  expect(packet.verificationTag).toBe(0x1234);
  expect(packet.chunks).toMatchObject([{ type: "SHUTDOWN-COMPLETE", tBit: true }]);
});

// RFC 9260 §3.3.7: an ABORT "with a format error" is silently discarded as well.
scriptedTest("a malformed ABORT out of the blue is not answered", {}, ({ peer }) => {
  const cause = { type: "UNKNOWN", code: 99, info: new Uint8Array(4) } as const;
  const bytes = peer.packet({ tag: 0x1234 }, HEARTBEAT, { type: "ABORT", tBit: false, causes: [cause] });
  // The length of the cause, the last TLV: beyond the chunk.
  bytes[bytes.length - 5] = 0xff;
  writeChecksum(bytes, bytes.length);
  peer.sendBytes(bytes);
  peer.expectNothing(1_000);
});

// RFC 9260 §8.5: "MUST silently discard the packet and MUST NOT process it any further".
scriptedTest("an ordinary packet with a wrong tag does nothing to the association", {}, ({ a, peer }) => {
  peer.associate();
  const tag = (peer.peerTag + 1) >>> 0;
  peer.sendWith({ tag }, peer.data({ immediate: true }));
  peer.sendWith({ tag }, { type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn });
  peer.sendWith({ tag }, { type: "SHUTDOWN-ACK" });
  peer.sendWith({ tag }, { type: "INIT-ACK", ...peer.initBody() });
  peer.sendWith({ tag: 0 }, HEARTBEAT);
  peer.expectNothing(1_000);
  expect(a.association.state).toBe("established");
  expect(a.deliveries).toEqual([]);
});

for (const [what, ours, tBit, accepted] of [
  ["our tag and no T bit", true, false, true],
  ["our tag and the T bit", true, true, false],
  ["the peer's tag and the T bit", false, true, true],
  ["the peer's tag and no T bit", false, false, false],
] as const) {
  scriptedTest(`an ABORT with ${what} is ${accepted ? "taken" : "discarded"}`, {}, ({ a, peer, network }) => {
    peer.associate();
    peer.sendWith({ tag: ours ? peer.peerTag : peer.localTag }, { type: "ABORT", tBit, causes: [] });
    network.run(100);
    expect(a.end).toBe(accepted ? "peer-aborted" : undefined);
  });

  scriptedTest(
    `a SHUTDOWN COMPLETE with ${what} is ${accepted ? "taken" : "discarded"}`,
    {},
    ({ a, peer, network }) => {
      peer.associate();
      peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn });
      peer.expect("SHUTDOWN-ACK");
      peer.sendWith({ tag: ours ? peer.peerTag : peer.localTag }, { type: "SHUTDOWN-COMPLETE", tBit });
      network.run(100);
      expect(a.end).toBe(accepted ? "shutdown" : undefined);
    },
  );
}

// RFC 9260 §8.5.1 C: "if it is not in the SHUTDOWN-ACK-SENT state ... silently discarded".
scriptedTest("a SHUTDOWN COMPLETE at another time is discarded", {}, ({ a, peer }) => {
  peer.associate();
  peer.send({ type: "SHUTDOWN-COMPLETE", tBit: false });
  peer.expectNothing(500);
  expect(a.association.state).toBe("established");
});

// RFC 9260 §8.5.1 E: in COOKIE-WAIT and COOKIE-ECHOED "the procedures in Section 8.4 SHOULD be followed".
scriptedTest("SHUTDOWN ACK while connecting is out of the blue", {}, ({ a, peer }) => {
  a.connect([peer.socket.address]);
  peer.await("INIT");
  peer.sendWith({ tag: 0x1234 }, { type: "SHUTDOWN-ACK" });
  const packet = peer.next(25);
  expect(packet.verificationTag).toBe(0x1234);
  expect(packet.chunks).toMatchObject([{ type: "SHUTDOWN-COMPLETE", tBit: true }]);
  expect(a.association.state).toBe("cookie-wait");
  peer.await("INIT");
});

scriptedTest("a packet for another port is out of the blue", {}, ({ a, peer }) => {
  peer.associate();
  peer.sendWith({ peerPort: 6_000 }, { type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn });
  peer.expect("ABORT");
  expect(a.association.state).toBe("established");
});

for (const [what, chunk] of [
  ["an ABORT", { type: "ABORT", tBit: true, causes: [] }],
  ["a SHUTDOWN COMPLETE", { type: "SHUTDOWN-COMPLETE", tBit: true }],
] as const) {
  scriptedTest(`${what} with our tag and the T bit is discarded behind another chunk, too`, {}, (script) => {
    const { a, peer, network } = script;
    peer.associate();
    peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn });
    peer.expect("SHUTDOWN-ACK");
    peer.send({ type: "ERROR", causes: [] }, chunk);
    network.run(100);
    expect(a.end).toBeUndefined();
  });
}

// RFC 9260 §12.3: "MUST silently discard the INIT chunk and all further chunks if the INIT chunk is bundled".
scriptedTest("an INIT behind another chunk is discarded, and what follows it", {}, ({ a, peer }) => {
  peer.associate();
  const init = { type: "INIT", ...peer.initBody() } as const;
  peer.send(peer.data(), init, peer.data());
  expect(peer.expect("SACK").cumulativeTsn).toBe(peer.initialTsn);
  peer.expectNothing(1_000);
  expect(a.deliveries.length).toBe(1);
});
