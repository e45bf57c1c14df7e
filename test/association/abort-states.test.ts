import { expect } from "vitest";
import { ladderTest, pattern, type Script, scriptedTest } from "../support/ladder-test.ts";
import { type ReachableState, reachState, STATES } from "../support/reach-state.ts";

/** RFC 9260 §9.1 and §8.5.1 B, C: ABORT and SHUTDOWN COMPLETE in every state, with every tag and T bit. */

const REASON = { type: "USER-ABORT", reason: pattern(6) } as const;
const ABORT = { type: "ABORT", tBit: false, causes: [REASON] } as const;
/** Less than the shortest timer that is running: what comes within this time is an answer. */
const ANSWER = 100;

for (const state of STATES) {
  // "MUST remove the association from its record and SHOULD report the termination to its upper layer."
  scriptedTest(`an ABORT in ${state} ends it with the peer's reason, and is not answered`, {}, (script) => {
    const { a, peer } = script;
    reachState(script, state);
    const hasMessage = a.association.bufferedBytes > 0;
    peer.send(ABORT);
    peer.expectNothing(100_000);
    expect(a.association.state).toBe("closed");
    expect(a.events("closed")).toMatchObject([{ reason: "peer-aborted", causes: [REASON] }]);
    expect(a.events("failed").map(({ failure }) => failure)).toEqual(hasMessage ? ["peer-aborted"] : []);
    expect(a.open().associations.size).toBe(0);
    expect(() => a.send(1)).toThrow(expect.objectContaining({ code: "ERR_SCTP_CLOSED" }));
  });

  // "An endpoint MUST NOT respond to any received packet that contains an ABORT chunk."
  scriptedTest(`an ABORT behind a HEARTBEAT in ${state} silences the packet`, {}, (script) => {
    const { a, peer } = script;
    reachState(script, state);
    peer.send({ type: "HEARTBEAT", info: new Uint8Array(8) }, ABORT);
    peer.expectNothing(ANSWER);
    expect(a.end).toBe("peer-aborted");
  });

  // §9.1: "MUST fill in the peer's Verification Tag ... If the association is aborted on request of the upper layer, a
  // 'User-Initiated Abort' error cause ... SHOULD be present".
  scriptedTest(
    `our user's abort in ${state} tells the peer, if it can be told, and ends it`,
    {},
    (script) => {
      const { a, peer } = script;
      reachState(script, state);
      const hasMessage = a.association.bufferedBytes > 0;
      a.abort(REASON.reason);
      if (state !== "cookie-wait") {
        const packet = peer.next(15);
        expect(packet.verificationTag).toBe(peer.localTag);
        expect(packet.chunks).toEqual([ABORT]);
      }
      // In COOKIE-WAIT no tag of the peer is known, and it keeps nothing that could be ended (§5.1.3).
      peer.expectNothing(100_000);
      expect(a.events("closed")).toMatchObject([{ reason: "aborted" }]);
      expect(a.events("failed").map(({ failure }) => failure)).toEqual(hasMessage ? ["aborted"] : []);
      expect(a.open().associations.size).toBe(0);
    },
  );
}

const TAGS = ["our tag", "the peer's tag", "another tag"] as const;
const CASES = TAGS.flatMap((tag) => [false, true].map((tBit) => ({ tag, tBit })));

/** Our own tag without the T bit, or the peer's, where it is known, with it. */
function isAccepted({ tag, tBit }: (typeof CASES)[number], state: ReachableState): boolean {
  return tBit ? tag === "the peer's tag" && state !== "cookie-wait" : tag === "our tag";
}

function tagOf({ peer }: Script, tag: (typeof TAGS)[number]): number {
  if (tag === "another tag") return 0x7e57_7e57;
  return tag === "our tag" ? peer.peerTag : peer.localTag;
}

for (const state of STATES) {
  for (const it of CASES) {
    const name = `${it.tag} and ${it.tBit ? "the" : "no"} T bit`;
    const ends = isAccepted(it, state);
    scriptedTest(`${state}: an ABORT with ${name} ${ends ? "ends it" : "is discarded"}`, {}, (script) => {
      const { a, peer } = script;
      reachState(script, state);
      peer.sendWith({ tag: tagOf(script, it.tag) }, { type: "ABORT", tBit: it.tBit, causes: [] });
      peer.expectNothing(ANSWER);
      expect([a.association.state, a.end]).toEqual(ends ? ["closed", "peer-aborted"] : [state, undefined]);
    });

    // "MUST ignore the SHUTDOWN COMPLETE chunk if it is not in the SHUTDOWN-ACK-SENT state."
    const completes = state === "shutdown-ack-sent" && ends;
    scriptedTest(
      `${state}: a SHUTDOWN COMPLETE with ${name} ${completes ? "ends it" : "is discarded"}`,
      {},
      (script) => {
        const { a, peer } = script;
        reachState(script, state);
        peer.sendWith({ tag: tagOf(script, it.tag) }, { type: "SHUTDOWN-COMPLETE", tBit: it.tBit });
        peer.expectNothing(ANSWER);
        expect([a.association.state, a.end]).toEqual(completes ? ["closed", "shutdown"] : [state, undefined]);
      },
    );
  }
}

// §8.4, 2 and 6: there is no TCB any more, and neither chunk is answered.
for (const it of CASES) {
  const name = `${it.tag} and ${it.tBit ? "the" : "no"} T bit`;
  scriptedTest(`closed: neither ABORT nor SHUTDOWN COMPLETE with ${name} is answered`, {}, (script) => {
    const { a, peer } = script;
    reachState(script, "established");
    a.abort();
    peer.expect("ABORT");
    const tag = tagOf(script, it.tag);
    peer.sendWith({ tag }, { type: "ABORT", tBit: it.tBit, causes: [] });
    peer.sendWith({ tag }, { type: "SHUTDOWN-COMPLETE", tBit: it.tBit });
    peer.expectNothing(1_000);
    expect(a.events("closed").length).toBe(1);
  });
}

// §8.4, 8 and 5: whatever the tag was, it is reflected, and the T bit says so.
scriptedTest("closed: what else comes is answered with the tag that it had, and the T bit", {}, (script) => {
  const { a, peer } = script;
  reachState(script, "established");
  a.abort();
  peer.expect("ABORT");
  for (const name of TAGS) {
    const tag = tagOf(script, name);
    peer.sendWith({ tag }, peer.data());
    const abort = peer.next(25);
    expect([abort.verificationTag, abort.chunks]).toEqual([tag, [{ type: "ABORT", tBit: true, causes: [] }]]);
    peer.sendWith({ tag }, { type: "SHUTDOWN-ACK" });
    const complete = peer.next(25);
    expect([complete.verificationTag, complete.chunks]).toEqual([
      tag,
      [{ type: "SHUTDOWN-COMPLETE", tBit: true }],
    ]);
  }
});

for (const state of ["cookie-wait", "cookie-echoed"] as const) {
  for (const tag of TAGS) {
    // §8.5.1 E, §9.2: "This is considered an OOTB packet"; T1 goes on, and "thus start[s] a new association".
    scriptedTest(`${state}: a SHUTDOWN ACK with ${tag} is out of the blue, and T1 goes on`, {}, (script) => {
      const { a, peer, network } = script;
      reachState(script, state);
      const chunk = state === "cookie-wait" ? "INIT" : "COOKIE-ECHO";
      const sentAt = a.sent(chunk)[0]?.time ?? 0;
      const used = tagOf(script, tag);
      peer.sendWith({ tag: used }, { type: "SHUTDOWN-ACK" });
      const packet = peer.next(25);
      expect([packet.verificationTag, packet.chunks]).toEqual([
        used,
        [{ type: "SHUTDOWN-COMPLETE", tBit: true }],
      ]);
      expect(a.association.state).toBe(state);
      if (state === "cookie-wait") peer.accept();
      else {
        peer.expect("COOKIE-ECHO");
        peer.send({ type: "COOKIE-ACK" });
        network.run(15);
      }
      expect((a.sent(chunk)[1]?.time ?? 0) - sentAt).toBe(1_000);
      expect(a.association.state).toBe("established");
    });

    scriptedTest(`${state}: a SHUTDOWN ACK with ${tag} behind an ERROR is no other`, {}, (script) => {
      const { a, peer } = script;
      reachState(script, state);
      const used = tagOf(script, tag);
      const error = { type: "ERROR", causes: [{ type: "COOKIE-WHILE-SHUTTING-DOWN" }] } as const;
      peer.sendWith({ tag: used }, error, { type: "SHUTDOWN-ACK" });
      const packet = peer.next(25);
      expect([packet.verificationTag, packet.chunks]).toEqual([
        used,
        [{ type: "SHUTDOWN-COMPLETE", tBit: true }],
      ]);
      expect(a.association.state).toBe(state);
    });
  }
}

// §9.2: "Normal T1-init timer expiration will cause the INIT or COOKIE chunk to be retransmitted and thus start a new
// association."
ladderTest("who connects anew to a peer in SHUTDOWN-ACK-SENT ends that first", {}, (pair) => {
  const { a, z, connect, lose, network, rungs } = pair;
  connect();
  lose("A", "SHUTDOWN-COMPLETE");
  a.shutdown();
  network.run(50);
  expect([a.association.state, z.association.state]).toEqual(["closed", "shutdown-ack-sent"]);
  a.connect();
  // The INIT is answered with the SHUTDOWN ACK; T2 would come later.
  network.run(35);
  expect([a.association.state, z.association.state]).toEqual(["cookie-wait", "closed"]);
  network.run(5_000);
  expect(rungs()).toEqual([
    "A → SHUTDOWN",
    "Z → SHUTDOWN-ACK",
    "A ✗ SHUTDOWN-COMPLETE",
    "A → INIT",
    "Z → SHUTDOWN-ACK",
    "A → SHUTDOWN-COMPLETE",
    "A → INIT",
    "Z → INIT-ACK",
    "A → COOKIE-ECHO",
    "Z → COOKIE-ACK",
  ]);
  expect(a.sent("SHUTDOWN-COMPLETE").map(({ tBit }) => tBit)).toEqual([false, true]);
  expect(z.events("closed").map(({ reason }) => reason)).toEqual(["shutdown"]);
  expect([a.association.state, z.association.state]).toEqual(["established", "established"]);
});

for (const state of ["established", "shutdown-pending", "shutdown-received"] as const) {
  scriptedTest(`${state}: a SHUTDOWN ACK out of turn changes nothing`, {}, (script) => {
    const { a, peer } = script;
    reachState(script, state);
    peer.send({ type: "SHUTDOWN-ACK" });
    peer.expectNothing(ANSWER);
    expect(a.association.state).toBe(state);
  });
}

for (const state of ["shutdown-sent", "shutdown-ack-sent"] as const) {
  // §8.5.1 C: with a TCB "the destination endpoint's tag MUST be used and the T bit MUST NOT be set".
  scriptedTest(`${state}: the SHUTDOWN COMPLETE has the peer's tag and no T bit`, {}, (script) => {
    const { a, peer } = script;
    reachState(script, state);
    peer.send({ type: "SHUTDOWN-ACK" });
    const packet = peer.next(25);
    expect([packet.verificationTag, packet.chunks]).toEqual([
      peer.localTag,
      [{ type: "SHUTDOWN-COMPLETE", tBit: false }],
    ]);
    expect(a.end).toBe("shutdown");
  });
}
