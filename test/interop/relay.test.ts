import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { expect, test } from "vitest";
import { type Impairment, openRelay, type Relay } from "./relay.ts";

const address = "127.0.0.1";

async function socketOn(where: string): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(0, where);
  await once(socket, "listening");
  return socket;
}

interface Ends {
  readonly near: Socket;
  readonly far: Socket;
  readonly relay: Relay;
}

async function withRelay(impairment: Impairment, run: (ends: Ends) => Promise<void>): Promise<void> {
  const near = await socketOn(address);
  const far = await socketOn(address);
  const paths = [{ near: { address }, far: { address, port: far.address().port } }];
  const relay = await openRelay({ paths, impairment, seed: 42 });
  try {
    await run({ near, far, relay });
  } finally {
    near.close();
    far.close();
    await relay.close();
  }
}

/** Sends the numbers from 0 and gives those that arrived, once `count` have. */
async function passed({ near, far, relay }: Ends, sent: number, count: number): Promise<number[]> {
  const arrived: number[] = [];
  const done = new Promise<void>((resolve) => {
    far.on("message", (datagram) => {
      arrived.push(datagram.readUInt32BE());
      if (arrived.length === count) resolve();
    });
  });
  for (let i = 0; i < sent; i++) {
    const datagram = Buffer.alloc(4);
    datagram.writeUInt32BE(i);
    near.send(datagram, relay.nearPort, address);
  }
  await done;
  return arrived;
}

test("passes datagrams both ways under the address of the other side", () =>
  withRelay({}, async ({ near, far, relay }) => {
    near.send("there", relay.nearPort, address);
    const [there, fromNear] = await once(far, "message");
    expect([String(there), fromNear.port, fromNear.address]).toEqual(["there", relay.farPort, address]);
    far.send("back", relay.farPort, address);
    const [back, fromFar] = await once(near, "message");
    expect([String(back), fromFar.port]).toEqual(["back", relay.nearPort]);
  }));

test("loses the same datagrams for the same seed", async () => {
  const runs: number[][] = [];
  for (let run = 0; run < 2; run++) {
    await withRelay({ loss: 0.2 }, async (ends) => {
      runs.push(await passed(ends, 200, 156));
      expect(ends.relay.counters("toFar", 0)).toMatchObject({ received: 200, forwarded: 156, lost: 44 });
    });
  }
  expect(runs[1]).toEqual(runs[0]);
});

test("duplicates and reorders, and keeps the order under jitter", async () => {
  await withRelay({ duplicate: 1 }, async (ends) => {
    expect(await passed(ends, 3, 6)).toEqual([0, 0, 1, 1, 2, 2]);
  });
  await withRelay({ reorder: 0.3 }, async (ends) => {
    const arrived = await passed(ends, 100, 100);
    const inOrder = [...arrived].sort((a, b) => a - b);
    expect(arrived).not.toEqual(inOrder);
    expect(inOrder).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });
  await withRelay({ delay: 5, jitter: 10 }, async (ends) => {
    expect(await passed(ends, 50, 50)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });
});

test("delays", () =>
  withRelay({ delay: 40 }, async (ends) => {
    const start = performance.now();
    await passed(ends, 1, 1);
    expect(performance.now() - start).toBeGreaterThanOrEqual(39);
  }));

test("cuts one direction and heals, and drops what the filter refuses", () =>
  withRelay({}, async (ends) => {
    const { near, far, relay } = ends;
    near.send("hello", relay.nearPort, address);
    await once(far, "message");
    relay.cut({ direction: "toNear" });
    far.send("gone", relay.farPort, address);
    // A datagram the other way, later: when it has passed, the relay has seen the one before it.
    await passed(ends, 1, 1);
    relay.heal();
    relay.filter = (datagram, direction) => direction === "toFar" || String(datagram) !== "refused";
    far.send("refused", relay.farPort, address);
    far.send("passes", relay.farPort, address);
    const [datagram] = await once(near, "message");
    expect(String(datagram)).toBe("passes");
  }));

test("uses one port for all paths of a side, also over IPv6", async () => {
  const where = ["127.0.0.1", "127.0.0.2", "::1"];
  await using relay = await openRelay({
    paths: where.map((one) => ({ near: { address: one }, far: { address: one, port: 9 } })),
  });
  expect(relay.nearPort).not.toBe(relay.farPort);
  expect(relay.nearPort * relay.farPort).toBeGreaterThan(0);
});
