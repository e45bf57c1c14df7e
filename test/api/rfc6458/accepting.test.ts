import { IPPROTO_SCTP, SCTP_STATUS, SOCK_SEQPACKET } from "usctp/socket";
import { describe, expect, test } from "vitest";
import { at, errno, errnoOf, PORT, subscribe, text, World } from "./support.ts";

describe("listen()", () => {
  test("until it is called, an INIT is answered with an ABORT (RFC 6458 §3.1.2)", async () => {
    const world = new World();
    const bound = world.socket(world.z);
    await bound.bind(at("10.0.0.2"));
    expect(await errnoOf(world.until(world.socket(world.a).connect(at("10.0.0.2"))))).toBe("ECONNREFUSED");
  });

  test("with a backlog of 0 no longer, and associations go on (RFC 6458 §4.1.3)", async () => {
    const world = new World();
    const { here, there, listening } = await world.pair();
    await listening.listen(0);
    expect(await errnoOf(world.until(world.socket(world.a).connect(at("10.0.0.2"))))).toBe("ECONNREFUSED");
    expect(errno(() => listening.immediate.accept())).toBe("EINVAL");
    await here.send("goes on");
    expect(text(await world.until(there.recvmsg()))).toBe("goes on");
    await listening.listen(1);
    await world.until(world.socket(world.a).connect(at("10.0.0.2")));
  });

  test("the backlog bounds those that wait for accept() (RFC 6458 §4.1.3)", async () => {
    const world = new World();
    const listening = world.socket(world.z);
    await listening.bind(at("10.0.0.2"));
    await listening.listen(2);
    const connect = (): Promise<string | undefined> =>
      world.until(errnoOf(world.socket(world.a).connect(at("10.0.0.2"))));
    expect([await connect(), await connect(), await connect()]).toEqual([
      undefined,
      undefined,
      "ECONNREFUSED",
    ]);
    // Who is refused frees no place.
    expect([await connect(), await connect()]).toEqual(["ECONNREFUSED", "ECONNREFUSED"]);
    listening.immediate.accept();
    expect([await connect(), await connect()]).toEqual([undefined, "ECONNREFUSED"]);
  });

  test("binds a socket that is not bound, as the kernels do", async () => {
    const world = new World();
    const listening = world.socket(world.z);
    await listening.listen(1);
    const { port } = listening.getsockname();
    await world.until(world.socket(world.a).connect(at("10.0.0.2", port)));
  });

  test("refuses what is connected, and a backlog that is none", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    expect(await errnoOf(here.listen(1))).toBe("EINVAL");
    expect(await errnoOf(there.listen(1))).toBe("EINVAL");
    const fresh = world.socket(world.a);
    for (const backlog of [-1, 1.5, Number.NaN]) expect(await errnoOf(fresh.listen(backlog))).toBe("EINVAL");
    expect(fresh.getladdrs()).toEqual([]);
  });
});

describe("accept()", () => {
  test("gives associations in the order in which they came, each its own socket (RFC 6458 §4.1.4)", async () => {
    const world = new World();
    const listening = await world.listener(world.z);
    const ports: number[] = [];
    for (let i = 0; i < 3; i++) {
      const client = world.socket(world.a);
      await world.until(client.connect(at("10.0.0.2")));
      await client.send(`number ${i}`);
      ports.push(client.getsockname().port);
    }
    await world.run(50);
    for (const [i, port] of ports.entries()) {
      const accepted = listening.immediate.accept();
      expect(accepted.getpeername()).toEqual(at("10.0.0.1", port));
      expect(text(accepted.immediate.recvmsg())).toBe(`number ${i}`);
    }
    expect(errno(() => listening.immediate.accept())).toBe("EAGAIN");
  });

  test("is not for sockets that do not listen, nor for one-to-many ones (RFC 6458 §3.1.3)", async () => {
    const world = new World();
    expect(await errnoOf(world.socket(world.a).accept())).toBe("EINVAL");
    const many = await world.listener(world.z, SOCK_SEQPACKET);
    expect(await errnoOf(many.accept())).toBe("EOPNOTSUPP");
  });

  test("gives what was sent by a client that has gone since, and then its end", async () => {
    const world = new World();
    const listening = await world.listener(world.z);
    const client = world.socket(world.a);
    await world.until(client.connect(at("10.0.0.2")));
    await client.send("and gone");
    await client.close();
    await world.run(1_000);
    const accepted = listening.immediate.accept();
    expect(text(accepted.immediate.recvmsg())).toBe("and gone");
    expect(accepted.immediate.recvmsg()).toMatchObject({ data: Buffer.alloc(0), msg_flags: 0 });
  });

  test("what nobody accepted is aborted when the listener is closed", async () => {
    const world = new World();
    const listening = await world.listener(world.z);
    const client = world.socket(world.a);
    await world.until(client.connect(at("10.0.0.2")));
    const waiting = errnoOf(client.recvmsg());
    await world.until(listening.close());
    expect(await world.until(waiting)).toBe("ECONNRESET");
  });

  test("who waits for it when listening ends is told", async () => {
    const world = new World();
    const listening = await world.listener(world.z);
    const waiting = errnoOf(listening.accept());
    await listening.listen(0);
    expect(await waiting).toBe("EINVAL");
  });

  test("a listener that is closed lets the sockets that it accepted live", async () => {
    const world = new World();
    const { here, there, listening } = await world.pair();
    await listening.close();
    await here.send("still there");
    expect(text(await world.until(there.recvmsg()))).toBe("still there");
    expect(there.getsockopt(IPPROTO_SCTP, SCTP_STATUS).sstat_state).toBe("SCTP_ESTABLISHED");
    expect(await errnoOf(listening.accept())).toBe("EBADF");
    // The port is free again when its last association is over.
    await world.until(here.close());
    await world.run(1_000);
    await there.close();
    const again = world.socket(world.z);
    await again.bind(at("10.0.0.2", PORT));
  });

  test("notifications begin with what the listener subscribed to (RFC 6458 §7.2)", async () => {
    const world = new World();
    const listening = await world.listener(world.z);
    subscribe(listening, "SCTP_ASSOC_CHANGE");
    await world.until(world.socket(world.a).connect(at("10.0.0.2")));
    const accepted = await world.until(listening.accept());
    expect(accepted.immediate.recvmsg().notification).toMatchObject({ sac_state: "SCTP_COMM_UP" });
  });
});
