import { message, Network, readAll } from "@usctp/sim";
import { describe, expect, test } from "vitest";

/** A machine that sleeps: to the process the clock leaps, to its peer it is silent. With the parameters of RFC 9260 §16. */

const [A1, A2, Z1, Z2] = ["10.0.0.1", "10.1.0.1", "10.0.0.2", "10.1.0.2"] as const;
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

function established() {
  const network = new Network({ seed: 1 });
  const a = network.host("A", { addresses: [A1, A2] });
  const z = network.host("Z", { addresses: [Z1, Z2] });
  network.link(A1, Z1, { delay: 10 });
  network.link(A2, Z2, { delay: 20 });
  const received = { a: readAll(a), z: readAll(z) };
  z.endpoint({ port: 5_002 });
  const association = a
    .endpoint({ port: 5_001 })
    .connect(a.now, { port: 5_002, addresses: z.addresses, udpPort: z.udpPort });
  a.driver.wake();
  network.run(5 * SECOND);
  const [there] = z.associations;
  if (there === undefined) throw new Error("no association");
  const sendFromA = (count: number): void => {
    for (let index = 0; index < count; index++) association.send(a.now, message(new Uint8Array(1_000)));
    a.driver.wake();
  };
  const sendFromZ = (count: number): void => {
    for (let index = 0; index < count; index++) there.send(z.now, message(new Uint8Array(1_000)));
    z.driver.wake();
  };
  return { network, a, z, association, there, received, sendFromA, sendFromZ };
}

describe("a process that stands still", () => {
  test("for 30 s while its peer sends: everything arrives once, the association goes on", () => {
    const { network, z, association, there, received, sendFromA, sendFromZ } = established();
    network.stop(z, network.now + 30 * SECOND);
    sendFromA(50);
    network.run(31 * SECOND);
    network.run(60 * SECOND);
    expect(received.z).toHaveLength(50);
    sendFromZ(50);
    network.run(10 * SECOND);
    expect(received.a).toHaveLength(50);
    expect([association.state, there.state]).toEqual(["established", "established"]);
  });

  test("for 30 s with messages of its own under way: none is sent a second time for nothing", () => {
    const { network, a, association, received, sendFromA } = established();
    sendFromA(4);
    network.run(15);
    network.stop(a, network.now + 30 * SECOND);
    network.run(60 * SECOND);
    expect(received.z).toHaveLength(4);
    // The acknowledgement waited in the socket, and is read before T3-rtx is looked at.
    expect(association.statistics.timeouts).toBe(0);
    expect(association.paths.every(({ state }) => state === "active")).toBe(true);
  });

  test("for longer than its peer has patience: the peer is told that it timed out, and it that the peer is gone", () => {
    const { network, a, z, association, there, sendFromZ } = established();
    network.stop(a, network.now + 8 * HOUR);
    sendFromZ(3);
    network.run(7 * HOUR);
    expect(there.state).toBe("closed");
    expect(z.events.filter(({ type }) => type === "failed")).toHaveLength(3);
    expect(z.events.filter(({ type }) => type === "closed")).toMatchObject([{ reason: "timed-out" }]);
    network.run(2 * HOUR);
    expect(association.state).toBe("closed");
    expect(a.events.filter(({ type }) => type === "closed")).toMatchObject([{ reason: "peer-aborted" }]);
  });

  test("for hours together with its peer: the clocks leap, and the association goes on", () => {
    const { network, a, z, association, there, received, sendFromA } = established();
    sendFromA(10);
    network.run(5);
    network.stop(a, network.now + 8 * HOUR);
    network.stop(z, network.now + 8 * HOUR);
    network.run(8 * HOUR);
    sendFromA(10);
    network.run(120 * SECOND);
    expect(received.z).toHaveLength(20);
    expect([association.state, there.state]).toEqual(["established", "established"]);
    expect(association.paths.every(({ state }) => state === "active")).toBe(true);
  });

  test("in mid-handshake for longer than its cookie lives: it begins again and gets an association (RFC 9260 §5.2.6)", () => {
    const network = new Network({ seed: 1 });
    const a = network.host("A", { addresses: [A1] });
    const z = network.host("Z", { addresses: [Z1] });
    network.link(A1, Z1, { delay: 10 });
    z.endpoint({ port: 5_002 });
    const association = a
      .endpoint({ port: 5_001 })
      .connect(a.now, { port: 5_002, addresses: z.addresses, udpPort: z.udpPort });
    a.driver.wake();
    network.run(15);
    // The INIT ACK, with the cookie in it, waits in the socket.
    network.stop(a, network.now + 300 * SECOND);
    network.run(310 * SECOND);
    expect(association.state).toBe("established");
    expect(z.associations).toHaveLength(1);
  });
});
