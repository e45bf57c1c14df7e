import { describe, expect, test } from "vitest";
import type { Association, Stack } from "../../src/stack/index.ts";
import { feed, INIT, ip, listen, makeStack, PEER_PORT, PORT, poll, pollAll, UDP_PORT } from "./support.ts";

/** RFC 9260 §5.2.1 and §5.2.2: an INIT that meets an association on its way up, or one that is up. */

const LISTED = { type: "IPV4-ADDRESS", address: ip("10.0.0.2") } as const;

/** Connects to 10.0.0.2; the INIT of it. */
function connecting(): {
  readonly stack: Stack;
  readonly association: Association;
  readonly init: typeof INIT;
} {
  const stack = makeStack();
  const association = listen(stack, "10.0.0.1", { port: PORT }).connect(0, {
    port: PEER_PORT,
    addresses: [ip("10.0.0.2")],
    udpPort: UDP_PORT,
  });
  const init = poll(stack, 0)?.chunks[0];
  if (init?.type !== "INIT") throw new Error("no INIT");
  return { stack, association, init };
}

describe("in COOKIE-WAIT", () => {
  // "MUST respond with an INIT ACK chunk using the same parameters it sent in its original INIT chunk (including its
  // Initiate Tag, unchanged)."
  test("it is answered with what our own INIT said, each time", () => {
    const { stack, association, init } = connecting();
    for (let i = 0; i < 2; i++) {
      feed(stack, 1, { tag: 0 }, { type: "INIT", ...INIT });
      const [answer, more] = pollAll(stack, 1);
      expect(more).toBeUndefined();
      expect(answer?.verificationTag).toBe(INIT.initiateTag);
      expect(answer?.chunks[0]).toMatchObject({
        type: "INIT-ACK",
        initiateTag: init.initiateTag,
        initialTsn: init.initialTsn,
        receiverWindow: init.receiverWindow,
      });
    }
    expect([association.state, stack.associations]).toEqual(["cookie-wait", 1]);
  });

  // "The packet containing the INIT ACK chunk MUST only be sent to an address passed by the upper layer in the request
  // to initialize the association."
  test("from an address that our user did not name it is answered at one that he named and it lists", () => {
    const { stack, association } = connecting();
    feed(stack, 1, { tag: 0, from: "10.0.0.66" }, { type: "INIT", ...INIT, parameters: [LISTED] });
    const answers = pollAll(stack, 1);
    expect(answers).toMatchObject([{ destination: "10.0.0.2", chunks: [{ type: "INIT-ACK" }] }]);
    expect(association.state).toBe("cookie-wait");
  });
});

// "If the INIT chunk indicates that a new address has been added to the association, then the entire INIT chunk MUST be
// discarded, and the state of the existing association SHOULD NOT be changed."
describe.each(["cookie-echoed", "established"] as const)("in %s", (state) => {
  const reach = (): ReturnType<typeof connecting> => {
    const it = connecting();
    const { stack, init } = it;
    const parameters = [{ type: "STATE-COOKIE", cookie: Uint8Array.of(1, 2, 3, 4) }] as const;
    const tag = init.initiateTag;
    feed(stack, 1, { tag }, { type: "INIT-ACK", ...INIT, parameters });
    pollAll(stack, 1);
    if (state === "established") feed(stack, 2, { tag }, { type: "COOKIE-ACK" });
    pollAll(stack, 2);
    expect(it.association.state).toBe(state);
    return it;
  };

  test("one that adds an address is answered with ABORT, and changes nothing", () => {
    const { stack, association } = reach();
    const added = { type: "IPV4-ADDRESS", address: ip("10.0.0.3") } as const;
    feed(stack, 3, { tag: 0 }, { type: "INIT", ...INIT, initiateTag: 0x99, parameters: [LISTED, added] });
    const [answer] = pollAll(stack, 3);
    expect(answer?.verificationTag).toBe(0x99);
    expect(answer?.chunks).toMatchObject([
      // The one address, as a parameter: type 5, length 8.
      {
        type: "ABORT",
        tBit: false,
        causes: [{ type: "RESTART-WITH-NEW-ADDRESSES", parameters: Uint8Array.of(0, 5, 0, 8, 10, 0, 0, 3) }],
      },
    ]);
    expect([association.state, stack.associations]).toEqual([state, 1]);
  });

  test("one without new addresses is answered, and changes nothing", () => {
    const { stack, association, init } = reach();
    feed(stack, 3, { tag: 0 }, { type: "INIT", ...INIT, initiateTag: 0x99, parameters: [LISTED] });
    const answer = pollAll(stack, 3)[0]?.chunks[0];
    if (answer?.type !== "INIT-ACK") throw new Error("no INIT ACK");
    // §5.2.1: "Initiate Tag, unchanged"; §5.2.2: "a new Initiate Tag (randomly generated)".
    expect(answer.initiateTag === init.initiateTag).toBe(state === "cookie-echoed");
    expect([association.state, association.localTag, association.peerTag]).toEqual([
      state,
      init.initiateTag,
      INIT.initiateTag,
    ]);
  });
});
