import { describe, expect, test } from "vitest";
import { createServer } from "../../src/api/message/index.ts";
import { closing, connectTo, echo, nextText, pair, serve, until } from "../api/loopback.ts";
import { udpSocket } from "../api/own-transport.ts";

/** Sockets in trouble by themselves. */

describe("an error that a socket emits", () => {
  test.each(["ECONNREFUSED", "ENOBUFS", "EIO"])(
    "%s: the association goes on, the process too",
    async (code) => {
      const socket = await udpSocket();
      const server = await serve({}, echo);
      const association = await connectTo(server, { socket });
      socket.emit("error", Object.assign(new Error(code), { code }));
      await association.send("still here");
      expect(await nextText(association)).toBe("still here");
      await association.close();
    },
  );
});

describe("a receive buffer of the system that is full", () => {
  test("loses packets, which are sent again: everything arrives once and in order", async () => {
    const socket = await udpSocket();
    const server = closing(createServer({ rtoMin: 100, rtoInitial: 100, sackDelay: 20 }));
    await server.listen({ port: 5_000, socket });
    // Room for some packets, and nobody is told: what the server advertises to this machine it has taken from before.
    socket.setRecvBufferSize(6_000);
    const arrivals = server[Symbol.asyncIterator]();
    const association = await connectTo(server, {
      rtoMin: 100,
      rtoInitial: 100,
      rtoMax: 200,
      pathMtu: 1_280,
    });
    const { value: there } = await arrivals.next();
    const numbers: number[] = [];
    there?.on("message", ({ data }) => numbers.push(data.readUInt32BE()));
    const data = (number: number): Buffer => {
      const bytes = Buffer.alloc(1_000);
      bytes.writeUInt32BE(number);
      return bytes;
    };
    for (let number = 0; number < 100; number++) await association.send(data(number));
    await association.flush();
    await until(() => numbers.length >= 100);
    expect(numbers).toEqual(Array.from({ length: 100 }, (_, number) => number));
    expect(association.statistics.retransmissions).toBeGreaterThan(0);
    await association.close();
  });
});

test("a receive buffer of ours that is full: the peer waits, probes the window, and goes on when it is read", async () => {
  const quick = { rtoMin: 100, rtoInitial: 100, rtoMax: 200, associationMaxRetrans: 3 };
  const { here, there } = await pair({ receiveBuffer: 16_384 }, { sendBuffer: 16_384, ...quick });
  const message = Buffer.alloc(1_000);
  const sending = (async () => {
    for (let sent = 0; sent < 100; sent++) await here.send(message);
    await here.flush();
  })();
  // More than twice as many as a peer gets that does not answer (RFC 9260 §6.1 A: a probe is no error).
  await until(() => here.statistics.retransmissions >= 2 * (quick.associationMaxRetrans + 1));
  expect(here.state).toBe("established");
  let received = 0;
  there.on("message", () => received++);
  await sending;
  await until(() => received === 100);
});
