import { once } from "node:events";
import { finished, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, expect, test } from "vitest";
import {
  connect,
  type Notification,
  type Server,
  type Socket,
  type SystemError,
} from "../../../src/api/net/index.ts";
import { closed, connectTo, ending, next, PORT, pair, serve, to, until } from "./loopback.ts";

/** The events of a socket in their order. */
function record(socket: Socket): string[] {
  const seen: string[] = [];
  for (const name of ["connect", "ready", "end", "finish", "error", "timeout"]) {
    socket.on(name, () => seen.push(name));
  }
  socket.on("close", (hadError: boolean) => seen.push(`close ${hadError}`));
  return seen;
}

describe("end", () => {
  test("closes in good order on both sides", async () => {
    const { here, there } = await pair();
    const [ours, theirs] = [record(here), record(there)];
    there.resume();
    here.end("last words");
    await Promise.all([closed(here), closed(there)]);
    expect(ours).toEqual(["end", "finish", "close false"]);
    expect(theirs).toEqual(["end", "finish", "close false"]);
    expect(there.bytesRead).toBe(10);
    expect(here.readyState).toBe("closed");
  });

  test("comes to both although nobody reads what nobody sent", async () => {
    const { here, there } = await pair();
    here.end();
    await Promise.all([closed(here), closed(there)]);
  });

  test("of a socket that nobody reads drops what the peer still sends", async () => {
    const { here, there } = await pair({ receiveBuffer: 4_000 }, { receiveBuffer: 4_000 });
    for (let i = 0; i < 20; i++) there.write(Buffer.alloc(1_000));
    here.end();
    there.on("error", () => {});
    await closed(here);
  });

  test("leaves to the reader what came before it", async () => {
    const { here, there } = await pair();
    for (let i = 0; i < 5; i++) here.write(`message ${i}`);
    await new Promise<void>((resolve) => here.end(resolve));
    expect(there.destroyed).toBe(false);
    const seen: string[] = [];
    for await (const data of there) seen.push(String(data));
    expect(seen).toHaveLength(5);
  });

  test("calls back when everything is acknowledged", async () => {
    const { here, there } = await pair({ receiveBuffer: 10_000 });
    let done = false;
    here.end(Buffer.alloc(30_000), () => {
      done = true;
    });
    await until(() => (there as { bytesRead: number }).bytesRead === 0 && here.bytesWritten === 30_000);
    expect(done).toBe(false);
    there.resume();
    await closed(here);
    expect(done).toBe(true);
  });

  test("while connecting ends it when it is connected", async () => {
    const server = await serve({}, (socket) => socket.resume());
    const here = connectTo(server);
    here.end("quick");
    const [there] = (await once(server, "connection")) as [Socket];
    await Promise.all([closed(here), closed(there)]);
    expect(there.bytesRead).toBe(5);
  });

  test("makes a later write an error of Node's", async () => {
    const { here } = await pair();
    here.end();
    here.write("late");
    expect(await next(here, "error")).toMatchObject({ code: "ERR_STREAM_WRITE_AFTER_END" });
  });

  test("of the peer makes a write EPIPE: SCTP has no half-closed associations", async () => {
    const { here, there } = await pair();
    const told = next<Notification>(there, "notification");
    here.end();
    expect((await told).interpreted).toBe("SCTP_SHUTDOWN_EVENT");
    there.write("too late");
    const error: SystemError = await next(there, "error");
    expect(error).toMatchObject({ code: "EPIPE", syscall: "write", cause: { name: "SctpError" } });
    expect(error.errno).toBeLessThan(0);
  });

  test("by destroySoon destroys when everything is sent", async () => {
    const { here, there } = await pair();
    here.write("x");
    here.destroySoon();
    expect(String(await next(there))).toBe("x");
    expect(await closed(here)).toBe(false);
  });
});

describe("destroy", () => {
  test("aborts, and the peer sees a reset", async () => {
    const { here, there } = await pair();
    const [ours, theirs] = [record(here), record(there)];
    here.destroy();
    const error: SystemError = await next(there, "error");
    expect(error).toMatchObject({
      code: "ECONNRESET",
      syscall: "read",
      address: "127.0.0.1",
      port: here.localPort,
      cause: { code: "ERR_SCTP_ABORTED" },
    });
    expect(error.message).toMatch(/^read ECONNRESET 127\.0\.0\.1:\d+: /);
    await until(() => ours.length === 1 && theirs.length === 2);
    expect(ours).toEqual(["close false"]);
    expect(theirs).toEqual(["error", "close true"]);
  });

  test("with an error tells it here, and not to the peer", async () => {
    const { here, there } = await pair();
    const seen = record(here);
    there.on("error", () => {});
    here.destroy(new Error("out of luck"));
    expect((await next<Error>(here, "error")).message).toBe("out of luck");
    expect(await closed(there)).toBe(true);
    await until(() => seen.length === 2);
    expect(seen).toEqual(["error", "close true"]);
    expect(here.errored?.message).toBe("out of luck");
  });

  test("by resetAndDestroy, too", async () => {
    const { here, there } = await pair();
    here.resetAndDestroy();
    expect(await next(there, "error")).toMatchObject({ code: "ECONNRESET" });
  });

  test("while connecting gives up, without an error", async () => {
    const server = await serve({ accept: () => new Promise(() => {}) });
    const here = connectTo(server);
    const seen = record(here);
    here.destroy();
    await closed(here);
    expect(seen).toEqual(["close false"]);
  });

  test("fails what was not sent, and ends streams without an error that nobody listens to", async () => {
    const { here, there } = await pair({ receiveBuffer: 4_000 }, { sendBuffer: 4_000 });
    there.on("error", () => {});
    const stream = here.createStream(1);
    let failures = 0;
    const count = (error?: Error | null): void => {
      if (error) failures++;
    };
    for (let i = 0; i < 20; i++) {
      here.write(Buffer.alloc(1_000), count);
      stream.write(Buffer.alloc(1_000), count);
    }
    const streamClosed = next(stream, "close");
    here.destroy();
    await Promise.all([closed(here), streamClosed]);
    expect(failures).toBeGreaterThan(20);
  });

  test("gives a reader what came before the peer's abort, then the error", async () => {
    const { here, there } = await pair();
    here.on("error", () => {});
    const seen: string[] = [];
    for (let i = 0; i < 20; i++) here.write(`message ${i}`);
    await until(() => there.status().incomingQueue > 150);
    there.on("data", (data) => seen.push(String(data)));
    here.destroy();
    expect(await next(there, "error")).toMatchObject({ code: "ECONNRESET" });
    expect(seen).toHaveLength(20);
  });

  test("is what an unheard error comes to, as in node:net: it is uncaught", async () => {
    const { here, there } = await pair();
    const uncaught = new Promise((resolve) => {
      process.setUncaughtExceptionCaptureCallback(resolve);
    });
    try {
      here.destroy();
      expect(await uncaught).toMatchObject({ code: "ECONNRESET" });
    } finally {
      process.setUncaughtExceptionCaptureCallback(null);
    }
    expect(there.destroyed).toBe(true);
  });

  test("is told to finished, pipeline and loops", async () => {
    const { here, there } = await pair();
    const told = new Promise((resolve) => finished(there, resolve));
    const looped = (async () => {
      for await (const _ of there);
    })();
    here.destroy();
    expect(await told).toMatchObject({ code: "ECONNRESET" });
    await expect(looped).rejects.toMatchObject({ code: "ECONNRESET" });
    await expect(pipeline(Readable.from(["x"]), there)).rejects.toThrow();
  });
});

describe("connecting fails", () => {
  async function failure(server: Server, options: object): Promise<SystemError> {
    const here = connectTo(server, options);
    const seen = record(here);
    const end = closed(here);
    const error = await next<SystemError>(here, "error");
    expect(await end).toBe(true);
    expect(seen).toEqual(["error", "close true"]);
    return error;
  }

  test("with ECONNREFUSED where nobody listens on that SCTP port", async () => {
    const server = await serve();
    const error = await failure(server, { port: 1_111 });
    expect(error).toMatchObject({
      code: "ECONNREFUSED",
      syscall: "connect",
      address: "127.0.0.1",
      port: 1_111,
      cause: { code: "ERR_SCTP_REFUSED" },
    });
    expect(error.message).toMatch(/^connect ECONNREFUSED 127\.0\.0\.1:1111: .*nobody listens/);
  });

  test("with ECONNREFUSED where the filter refuses", async () => {
    const server = await serve({ accept: ({ remotePort }) => remotePort !== 7_777 });
    expect(await failure(server, { localPort: 7_777 })).toMatchObject({ code: "ECONNREFUSED" });
  });

  test("with ETIMEDOUT where nobody answers in time", async () => {
    const server = await serve();
    expect(await failure(server, { udpPort: 1, connectTimeout: 20 })).toMatchObject({
      code: "ETIMEDOUT",
      cause: { code: "ERR_SCTP_CONNECT_TIMEOUT" },
    });
  });

  test("with ETIMEDOUT where nobody answers the last INIT", async () => {
    const server = await serve();
    const fast = { udpPort: 1, maxInitRetransmits: 1, rtoInitial: 10, rtoMin: 10, rtoMax: 10 };
    expect(await failure(server, fast)).toMatchObject({
      code: "ETIMEDOUT",
      cause: { code: "ERR_SCTP_NO_ANSWER" },
    });
  });

  test("with EADDRINUSE where our port is taken", async () => {
    const server = await serve();
    const local = { localPort: PORT, localUdpPort: server.udpPort, localAddress: "127.0.0.1" };
    expect(await failure(server, local)).toMatchObject({
      code: "EADDRINUSE",
      cause: { code: "ERR_SCTP_PORT_IN_USE" },
    });
  });

  test("with EADDRNOTAVAIL where we have no such address", async () => {
    const server = await serve();
    expect(await failure(server, { localAddress: "192.0.2.7" })).toMatchObject({
      code: "EADDRNOTAVAIL",
      cause: { code: "ERR_SCTP_ADDRESS_UNAVAILABLE" },
    });
  });

  test("with ENOTFOUND for a name that does not resolve", async () => {
    const server = await serve();
    expect(await failure(server, { host: "nowhere.invalid" })).toMatchObject({
      code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
      cause: { code: "ERR_SCTP_LOOKUP" },
    });
  });

  test("with our own code for an address that is none", async () => {
    const server = await serve();
    expect(await failure(server, { host: "10.0.0.300" })).toMatchObject({ code: "ERR_SCTP_INVALID_ADDRESS" });
  });

  test("by its signal", async () => {
    const server = await serve({ accept: () => new Promise(() => {}) });
    const controller = new AbortController();
    const here = connectTo(server, { signal: controller.signal });
    const end = closed(here);
    controller.abort();
    expect(await next(here, "error")).toMatchObject({ name: "AbortError" });
    expect(await end).toBe(true);
  });
});

describe("a socket", () => {
  test("connects, and says so in the order of node:net", async () => {
    const server = await serve();
    const here = ending(connect(to(server)));
    const seen = record(here);
    expect([here.connecting, here.pending, here.readyState]).toEqual([true, true, "opening"]);
    expect(here.address()).toEqual({});
    await once(here, "ready");
    expect([here.connecting, here.pending, here.readyState]).toEqual([false, false, "open"]);
    expect(seen).toEqual(["connect", "ready"]);
  });

  test("connects once", async () => {
    const { here, server } = await pair();
    expect(() => here.connect(to(server))).toThrow(
      expect.objectContaining({ code: "ERR_SCTP_INVALID_STATE" }),
    );
    here.destroy();
    await closed(here);
    expect(() => here.connect(to(server))).toThrow("a socket connects once; make another one");
  });

  test("tells of silence, again after the next message, and stays open", async () => {
    const { here, there } = await pair({}, { timeout: 30 });
    await once(here, "timeout");
    expect(here.timeout).toBe(30);
    there.write("x");
    await next(here);
    await once(here, "timeout");
    expect(here.destroyed).toBe(false);
    let heard = 0;
    const listener = (): void => {
      heard++;
    };
    here.setTimeout(0, listener).setTimeout(10, listener);
    await once(here, "timeout");
    expect(heard).toBe(1);
    expect(() => here.setTimeout("5" as never)).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_ARG_TYPE" }),
    );
    expect(() => here.setTimeout(-1)).toThrow(expect.objectContaining({ code: "ERR_OUT_OF_RANGE" }));
  });

  test("that listens throws into the process, not into a promise", async () => {
    const { here, there } = await pair();
    const uncaught = new Promise((resolve) => {
      process.setUncaughtExceptionCaptureCallback(resolve);
    });
    try {
      there.once("data", () => {
        throw new Error("mine");
      });
      here.write("x");
      expect(await uncaught).toMatchObject({ message: "mine" });
      here.write("the next");
      expect(String(await next(there))).toBe("the next");
    } finally {
      process.setUncaughtExceptionCaptureCallback(null);
    }
  });
});
