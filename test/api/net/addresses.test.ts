import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { connect as openAssociation } from "usctp";
import { describe, expect, test } from "vitest";
import type { Notification, Socket } from "../../../src/api/net/index.ts";
import { connectTo, next, PORT, pair, serve, until } from "./loopback.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === "::1"),
);

function notifications(socket: Socket): string[] {
  const seen: string[] = [];
  socket.on("notification", ({ interpreted }: Notification) => seen.push(interpreted ?? ""));
  return seen;
}

describe("addresses", () => {
  test("of one each", async () => {
    const { here, there } = await pair({}, { localPort: 7_200, localAddress: "127.0.0.3" });
    expect(here).toMatchObject({
      localAddress: "127.0.0.3",
      localAddresses: ["127.0.0.3"],
      localPort: 7_200,
      localFamily: "IPv4",
      remoteAddress: "127.0.0.1",
      remoteAddresses: ["127.0.0.1"],
      remotePort: PORT,
      remoteFamily: "IPv4",
    });
    expect(there).toMatchObject({ remoteAddress: "127.0.0.3", remotePort: 7_200, localAddress: "127.0.0.1" });
    expect(here.address()).toEqual({ address: "127.0.0.3", family: "IPv4", port: 7_200 });
    expect(there.address()).toEqual({ address: "127.0.0.1", family: "IPv4", port: PORT });
  });

  test("of many: remoteAddresses, localAddresses, of both families", async () => {
    const six = hasIpv6 ? ["::1"] : [];
    const server = await serve({ host: undefined, localAddresses: ["127.0.0.1", "127.0.0.2", ...six] });
    const here = connectTo(server, {
      remoteAddresses: ["127.0.0.2", "127.0.0.1", ...six],
      localAddresses: ["127.0.0.3", "127.0.0.4", ...six],
    });
    const [there] = (await once(server, "connection")) as [Socket];
    await once(here, "connect");
    expect(here.remoteAddress).toBe("127.0.0.2");
    expect(here.remoteAddresses?.toSorted()).toEqual([...six, "127.0.0.1", "127.0.0.2"].sort());
    expect(here.localAddresses).toEqual(["127.0.0.3", "127.0.0.4", ...six]);
    expect(there.remoteAddresses?.toSorted()).toEqual([...six, "127.0.0.3", "127.0.0.4"].sort());
    expect(there.localAddresses).toEqual(["127.0.0.1", "127.0.0.2", ...six]);
    expect(Object.keys(here.peerInfoByAddress).sort()).toEqual(here.remoteAddresses?.toSorted());
    expect(here.peerInfoByAddress["127.0.0.2"]).toEqual({
      state: 2,
      cwnd: expect.any(Number),
      srtt: expect.any(Number),
      rto: expect.any(Number),
      mtu: expect.any(Number),
    });
  });

  test("that change are told by `address-change`, and paths by `peer-info-update`", async () => {
    // The client heard of the second address by the handshake alone: it is added with it, and confirmed after.
    const server = await serve({ host: ["127.0.0.1", "127.0.0.2"] });
    const here = connectTo(server, { rtoInitial: 50, rtoMin: 50, pathMaxRetrans: 0, heartbeatInterval: 20 });
    let updates = 0;
    here.on("peer-info-update", () => updates++);
    const seen = notifications(here);
    await once(here, "connect");
    await until(() => seen.includes("SCTP_PEER_ADDR_CHANGE: SCTP_ADDR_CONFIRMED 127.0.0.2"));
    expect(updates).toBeGreaterThan(0);
    expect(here.peerInfoByAddress["127.0.0.2"]?.state).toBe(2);
  });

  test("default to localhost", async () => {
    const server = await serve({ host: "localhost" });
    const here = connectTo(server, { host: undefined });
    await once(here, "connect");
    expect(["127.0.0.1", "::1"]).toContain(here.remoteAddress);
  });
});

describe("notifications", () => {
  test("tell of the association, with the numbers of Linux", async () => {
    const theirs: Notification[] = [];
    const server = await serve({ MIS: 7, OS: 9 }, (socket) => {
      socket.on("notification", (notification) => theirs.push(notification));
    });
    const here = connectTo(server, { MIS: 3, OS: 5 });
    const seen = notifications(here);
    await once(here, "connect");
    await until(() => theirs.length === 1);
    expect(theirs[0]).toEqual({
      parsed: {
        sn_type: 0x8001,
        sn_assoc_change: { sac_state: 0, sac_outbound_streams: 3, sac_inbound_streams: 5 },
      },
      interpreted: "SCTP_ASSOC_CHANGE: SCTP_COMM_UP, MIS 5 / OS 3",
    });
    here.end();
    await until(() => theirs.length === 3);
    expect(theirs.slice(1).map(({ interpreted }) => interpreted)).toEqual([
      "SCTP_SHUTDOWN_EVENT",
      "SCTP_ASSOC_CHANGE: SCTP_SHUTDOWN_COMP",
    ]);
    expect(seen.at(-1)).toBe("SCTP_ASSOC_CHANGE: SCTP_SHUTDOWN_COMP");
  });

  test("tell of what was not delivered, and of an association that was lost", async () => {
    const { here, there } = await pair({ receiveBuffer: 3_000 });
    here.on("error", () => {});
    const seen = notifications(here);
    for (let i = 0; i < 5; i++) here.write(Buffer.alloc(1_000));
    await until(() => here.status().peer.rwnd < 1_500);
    there.destroy();
    await next(here, "error");
    expect(seen.filter((text) => text.startsWith("SCTP_SEND_FAILED: ")).length).toBeGreaterThan(0);
    expect(seen.at(-1)).toBe("SCTP_ASSOC_CHANGE: SCTP_COMM_LOST");
  });
});

test("a peer that resets and adds streams ends nothing, and is told of", async () => {
  const seen: string[] = [];
  const data: string[] = [];
  const server = await serve({ MIS: 20 }, (socket) => {
    socket.on("notification", ({ interpreted }) => seen.push(interpreted ?? ""));
    socket.on("data", (message: Buffer) => data.push(message.toString()));
  });
  const connecting = once(server, "connection") as Promise<[Socket]>;
  const peer = await openAssociation({
    port: PORT,
    udpPort: server.udpPort as number,
    addresses: "127.0.0.1",
    outboundStreams: 10,
    inboundStreams: 30,
  });
  const [there] = await connecting;
  await peer.send("one", { stream: 3, until: "acknowledged" });
  await peer.resetStreams({ outgoing: [3, 4], incoming: "all" });
  await peer.send("two", { stream: 3 });
  await peer.addStreams({ outgoing: 5 });
  await peer.send("three", { stream: 14, until: "acknowledged" });
  await peer.resetAssociation();
  await peer.send("four", { stream: 3, until: "acknowledged" });
  there.write("five");
  expect((await peer[Symbol.asyncIterator]().next()).value?.data.toString()).toBe("five");
  await until(() => data.length === 4);
  expect(data).toEqual(["one", "two", "three", "four"]);
  expect(there.MIS).toBe(15);
  expect(seen.slice(1).map((text) => text.replace(/\d{4,}/g, "N"))).toEqual([
    "SCTP_STREAM_RESET_EVENT: incoming 3, 4",
    "SCTP_STREAM_CHANGE_EVENT: 5 incoming, MIS 15 / OS 30",
    "SCTP_ASSOC_RESET_EVENT: TSNs N here, N there",
  ]);
  await peer.close();
});

describe("status", () => {
  test("is SCTP_STATUS as far as it can be told", async () => {
    const { here, there } = await pair({ receiveBuffer: 50_000 }, { MIS: 3, OS: 5, maxBurst: 7 });
    const status = here.status();
    expect(status).toEqual({
      tag: there.status().peer.tag,
      state: 4,
      rwnd: 1_048_576,
      unackdata: 0,
      numberOfIncomingStreams: 3,
      numberOfOutgoingStreams: 5,
      fragmentationPoint: 1_444,
      incomingQueue: 0,
      outgoingQueue: 0,
      maxBurst: 7,
      peer: { tag: there.status().tag, rwnd: 50_000 },
    });
    here.write(Buffer.alloc(100));
    expect(here.status()).toMatchObject({ outgoingQueue: 100 });
    await until(() => there.status().incomingQueue === 100);
    expect(there.status().rwnd).toBe(49_900);
    here.end();
    expect(here.status().state).toBeGreaterThan(4);
  });

  test("is refused where there is none", async () => {
    const server = await serve();
    const here = connectTo(server);
    expect(() => here.status()).toThrow(expect.objectContaining({ code: "ERR_SCTP_NOT_CONNECTED" }));
    await once(here, "connect");
    here.destroy();
    expect(() => here.status()).toThrow(expect.objectContaining({ code: "ERR_SCTP_CLOSED" }));
  });
});
