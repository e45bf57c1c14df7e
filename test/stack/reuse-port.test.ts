import { describe, expect, test } from "vitest";
import { defaultConfig } from "../../src/association/config.ts";
import { asTsn } from "../../src/base/serial.ts";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import type { Association, Endpoint, EndpointOptions, Stack } from "../../src/stack/index.ts";
import {
  events,
  exchange,
  feed,
  INIT,
  ip,
  listen,
  makeStack,
  PEER_PORT,
  PORT,
  poll,
  pollAll,
  UDP_PORT,
} from "./support.ts";

/** SCTP_REUSE_PORT (RFC 6458 §8.1.27): several endpoints with one port at the same addresses. */

function bind(stack: Stack, options: Partial<EndpointOptions> = {}): Endpoint {
  return stack.createEndpoint({
    port: PORT,
    addresses: [ip("10.0.0.1")],
    listening: false,
    reusePort: true,
    config: defaultConfig,
    ...options,
  });
}

const portInUse = expect.objectContaining({ code: "ERR_SCTP_PORT_IN_USE" });
const PEER = { port: PEER_PORT, addresses: [ip("10.0.0.2")], udpPort: UDP_PORT };

/** Connects an endpoint to the made-up peer at 10.0.0.2, or another address; the tag it wants to see. */
function associate(stack: Stack, endpoint: Endpoint, address: string = "10.0.0.2"): Association {
  const association = endpoint.connect(0, { ...PEER, addresses: [ip(address)] });
  const init = poll(stack, 0)?.chunks[0];
  if (init?.type !== "INIT") throw new Error("no INIT");
  const parameters = [{ type: "STATE-COOKIE", cookie: new Uint8Array(8) }] as const;
  const from = { tag: init.initiateTag, from: address };
  feed(stack, 0, from, { type: "INIT-ACK", ...INIT, parameters });
  pollAll(stack, 0);
  feed(stack, 0, from, { type: "COOKIE-ACK" });
  pollAll(stack, 0);
  expect(association.state).toBe("established");
  return association;
}

describe("who may have the port", () => {
  test("all that say so; not one that does not, nor beside one that has not", () => {
    const stack = makeStack();
    bind(stack);
    bind(stack);
    expect(() => bind(stack, { reusePort: false })).toThrow(portInUse);
    const other = makeStack();
    bind(other, { reusePort: false });
    expect(() => bind(other)).toThrow(portInUse);
    // At another address it is another port.
    bind(other, { addresses: [ip("10.1.0.1")] });
  });

  test("one of them listens", () => {
    const stack = makeStack();
    const one = bind(stack, { listening: true });
    expect(() => bind(stack, { listening: true })).toThrow(portInUse);
    const two = bind(stack);
    expect(() => {
      two.listening = true;
    }).toThrow(portInUse);
    expect(two.listening).toBe(false);
    one.listening = false;
    two.listening = true;
    expect(() => {
      one.listening = true;
    }).toThrow(portInUse);
    two.close();
    one.listening = true;
    expect([one.listening, two.listening]).toEqual([true, false]);
    expect(() => {
      two.listening = true;
    }).toThrow(expect.objectContaining({ code: "ERR_SCTP_CLOSED" }));
  });

  test("an address that is added is judged like one that was there", () => {
    const stack = makeStack();
    bind(stack, { listening: true });
    const two = bind(stack, { addresses: [ip("10.1.0.1")], listening: true });
    expect(() => two.addAddresses(0, [ip("10.0.0.1")])).toThrow(portInUse);
    two.listening = false;
    two.addAddresses(0, [ip("10.0.0.1")]);
    expect(two.addresses).toEqual(["10.1.0.1", "10.0.0.1"]);
  });
});

test("two endpoints of one port have associations of their own, with different peers", () => {
  const stack = makeStack();
  const peers = makeStack("peers");
  listen(peers, "10.0.0.2", { port: PEER_PORT });
  listen(peers, "10.0.0.3", { port: PEER_PORT });
  const [one, two] = [bind(stack), bind(stack)];
  one.connect(0, PEER);
  two.connect(0, { ...PEER, addresses: [ip("10.0.0.3")] });
  exchange(0, stack, peers);
  expect([...one.associations, ...two.associations].map(({ state }) => state)).toEqual([
    "established",
    "established",
  ]);
  expect(peers.associations).toBe(2);
});

// RFC 9260 §1.3: "Two SCTP endpoints MUST NOT have more than one SCTP association between them at any given time."
test("two endpoints of one port cannot connect to one peer", () => {
  const stack = makeStack();
  const [one, two] = [bind(stack), bind(stack)];
  one.connect(0, PEER);
  const refused = expect.objectContaining({ code: "ERR_SCTP_ALREADY_CONNECTED" });
  expect(() => two.connect(0, PEER)).toThrow(refused);
  two.connect(0, { ...PEER, port: PEER_PORT + 1 });
  // An address in common is enough: the peer would see two associations with it.
  const third = bind(stack, { addresses: [ip("10.1.0.1"), ip("10.0.0.1")] });
  expect(() => third.connect(0, PEER)).toThrow(refused);
});

describe("a packet", () => {
  /** The endpoint with the association stands first, then second. */
  const orders: [string, boolean][] = [
    ["of the first endpoint", true],
    ["of the second endpoint", false],
  ];

  describe.each(orders)("for an association %s", (_, isFirst) => {
    function setUp(): {
      readonly stack: Stack;
      readonly listener: Endpoint;
      readonly association: Association;
    } {
      const stack = makeStack();
      const [one, two] = [bind(stack), bind(stack)];
      const [owner, listener] = isFirst ? [one, two] : [two, one];
      listener.listening = true;
      return { stack, listener, association: associate(stack, owner) };
    }

    test("an INIT of its peer goes to it; one of another peer to the endpoint that listens", () => {
      const { stack, listener, association } = setUp();
      feed(stack, 1, { tag: 0 }, { type: "INIT", ...INIT, initiateTag: 77 });
      const restart = poll(stack, 1)?.chunks[0];
      const cookie = restart?.type === "INIT-ACK" ? restart.parameters : undefined;
      const parameter = cookie?.find(({ type }) => type === "STATE-COOKIE");
      if (restart?.type !== "INIT-ACK" || parameter?.type !== "STATE-COOKIE") throw new Error("no cookie");
      feed(stack, 1, { tag: restart.initiateTag }, { type: "COOKIE-ECHO", cookie: parameter.cookie });
      expect(events(stack).filter(({ type }) => type === "restarted")).toMatchObject([{ association }]);
      expect([listener.associations.size, stack.associations]).toEqual([0, 1]);
      pollAll(stack, 1);

      feed(stack, 1, { tag: 0, from: "10.0.0.3" }, { type: "INIT", ...INIT });
      const answer = poll(stack, 1)?.chunks[0];
      if (answer?.type !== "INIT-ACK") throw new Error("no INIT ACK");
      const other = answer.parameters.find(({ type }) => type === "STATE-COOKIE");
      if (other?.type !== "STATE-COOKIE") throw new Error("no cookie");
      const echo = { type: "COOKIE-ECHO", cookie: other.cookie } as const;
      feed(stack, 1, { tag: answer.initiateTag, from: "10.0.0.3" }, echo);
      expect(listener.associations.size).toBe(1);
      // That COOKIE ECHO again, of an association that exists.
      pollAll(stack, 1);
      feed(stack, 1, { tag: answer.initiateTag, from: "10.0.0.3" }, echo);
      expect(pollAll(stack, 1).map(({ chunks }) => chunks[0]?.type)).toEqual(["COOKIE-ACK"]);
      expect(stack.associations).toBe(2);
    });

    test("with a wrong tag is discarded, and not answered as out of the blue", () => {
      const { stack } = setUp();
      feed(stack, 1, { tag: 0x777 }, { type: "HEARTBEAT", info: new Uint8Array(8) });
      expect(pollAll(stack, 1)).toEqual([]);
      expect(stack.statistics.dropped.tag).toBe(1);
    });

    test("an ABORT with the T bit finds it", () => {
      const { stack, association } = setUp();
      const abort: Chunk = { type: "ABORT", tBit: true, causes: [] };
      feed(stack, 1, { tag: INIT.initiateTag }, abort);
      expect(association.state).toBe("closed");
    });
  });

  test("an INIT is refused while none of them listens, and a COOKIE ECHO of before", () => {
    const stack = makeStack();
    const [one, two] = [bind(stack), bind(stack)];
    feed(stack, 0, { tag: 0 }, { type: "INIT", ...INIT });
    expect(pollAll(stack, 0).map(({ chunks }) => chunks[0]?.type)).toEqual(["ABORT"]);
    two.listening = true;
    feed(stack, 0, { tag: 0 }, { type: "INIT", ...INIT, initialTsn: asTsn(5) });
    const answer = poll(stack, 0)?.chunks[0];
    if (answer?.type !== "INIT-ACK") throw new Error("no INIT ACK");
    const cookie = answer.parameters.find(({ type }) => type === "STATE-COOKIE");
    if (cookie?.type !== "STATE-COOKIE") throw new Error("no cookie");
    two.listening = false;
    const echo = { type: "COOKIE-ECHO", cookie: cookie.cookie } as const;
    feed(stack, 0, { tag: answer.initiateTag }, echo);
    expect(pollAll(stack, 0).map(({ chunks }) => chunks[0]?.type)).toEqual(["ABORT"]);
    // Whoever listens by then takes it.
    one.listening = true;
    feed(stack, 0, { tag: answer.initiateTag }, echo);
    expect([one.associations.size, two.associations.size]).toEqual([1, 0]);
  });
});
