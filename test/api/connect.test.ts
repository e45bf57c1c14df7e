import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { describe, expect, test } from "vitest";
import { connect, createEndpoint } from "../../src/api/message/index.ts";
import { closing, connectTo, echo, nextText, openSockets, PORT, serve, until } from "./loopback.ts";
import { udpSocket } from "./own-transport.ts";

describe("connect", () => {
  test("to a dead port gives up at its deadline, says what to check, and leaves nothing behind", async () => {
    const before = openSockets();
    const dead = await udpSocket();
    const { port: udpPort } = dead.address();
    const connecting = connect({ port: 4_000, addresses: ["127.0.0.1"], udpPort, timeout: 50 });
    await expect(connecting).rejects.toMatchObject({ name: "SctpError", code: "ERR_SCTP_CONNECT_TIMEOUT" });
    await expect(connecting).rejects.toThrow(
      new RegExp(`no answer from 127.0.0.1, SCTP port 4000 within 50 ms.*UDP port ${udpPort}.*firewall`),
    );
    dead.close();
    await until(() => openSockets() === before);
  });

  test("is given up by its signal, with its reason", async () => {
    const dead = await udpSocket();
    const { port: udpPort } = dead.address();
    const controller = new AbortController();
    const to = { port: 4_000, addresses: ["127.0.0.1"], udpPort, signal: controller.signal };
    const connecting = connect(to);
    dead.once("message", () => controller.abort());
    await expect(connecting).rejects.toMatchObject({ name: "AbortError" });
    await expect(connect(to)).rejects.toMatchObject({ name: "AbortError" });
    dead.close();
  });

  test("is refused where nobody listens", async () => {
    const server = await serve();
    const connecting = connectTo(server, { port: 4_001 });
    await expect(connecting).rejects.toMatchObject({ code: "ERR_SCTP_REFUSED" });
    await expect(connecting).rejects.toThrow("nobody listens on SCTP port 4001 there, or its accept filter");
  });

  test("takes host names and interface names", async () => {
    const server = await serve({}, echo, ["localhost"]);
    expect(server.addresses).toContain("127.0.0.1");
    const loopback = Object.keys(networkInterfaces()).find(
      (name) => networkInterfaces()[name]?.[0]?.internal,
    );
    const association = await connectTo(server, {
      addresses: "localhost",
      ...(loopback === undefined ? {} : { localAddresses: loopback }),
    });
    await association.send("by name");
    expect(await nextText(association)).toBe("by name");
    const unknown = connectTo(server, { addresses: ["no-such-host.invalid"] });
    await expect(unknown).rejects.toMatchObject({ code: "ERR_SCTP_LOOKUP" });
    await association.close();
  });

  test("from ports and addresses that were asked for", async () => {
    const free = await udpSocket();
    const { port } = free.address();
    free.close();
    await once(free, "close");
    const server = await serve();
    const association = await connectTo(server, {
      localPort: 7_777,
      localUdpPort: port,
      localAddresses: "127.0.0.1",
    });
    expect([association.localPort, association.remotePort]).toEqual([7_777, PORT]);
    expect([association.localAddress, association.remoteAddress]).toEqual(["127.0.0.1", "127.0.0.1"]);
    expect(server.associations[0]?.paths[0]?.udpPort).toBe(port);
    await association.close();
    // Everything was given back when close() resolved: the same ports are free at once.
    const again = await connectTo(server, {
      localPort: 7_777,
      localUdpPort: port,
      localAddresses: "127.0.0.1",
    });
    await again.close();
  });
});

describe("createEndpoint", () => {
  test("listens and connects on one port", async () => {
    const options = { port: 2_905, addresses: ["127.0.0.1"], udpPort: 0 };
    const [one, two] = [closing(await createEndpoint(options)), closing(await createEndpoint(options))];
    two.on("association", echo);
    const association = await one.connect({ port: 2_905, addresses: two.addresses, udpPort: two.udpPort });
    expect([association.localPort, association.remotePort]).toEqual([2_905, 2_905]);
    await association.send("peer to peer");
    expect(await nextText(association)).toBe("peer to peer");
    const again = one.connect({ port: 2_905, addresses: two.addresses, udpPort: two.udpPort });
    await expect(again).rejects.toMatchObject({ code: "ERR_SCTP_ALREADY_CONNECTED" });
    await association.close();
    await until(() => two.associations.length === 0);
    expect(one.listening).toBe(true);
    const back = await two.connect({ port: 2_905, addresses: one.addresses, udpPort: one.udpPort });
    await back.close();
  });

  test("that closes gives up what it connects", async () => {
    const dead = await udpSocket();
    const endpoint = await createEndpoint({ port: 0, addresses: "127.0.0.1", udpPort: 0 });
    const to = { port: PORT, addresses: "127.0.0.1", udpPort: dead.address().port, timeout: Infinity };
    const early = expect(endpoint.connect(to)).rejects.toMatchObject({ code: "ERR_SCTP_CLOSED" });
    await once(dead, "message");
    const late = expect(endpoint.connect({ ...to, port: PORT + 1 })).rejects.toMatchObject({
      code: "ERR_SCTP_CLOSED",
    });
    await endpoint.close();
    await Promise.all([early, late]);
    dead.close();
  });

  test("gives its parameters to its associations, which may differ", async () => {
    const server = await serve();
    const endpoint = closing(
      await createEndpoint({
        port: 0,
        addresses: "127.0.0.1",
        udpPort: 0,
        outboundStreams: 7,
        rtoInitial: 1_500,
      }),
    );
    const to = { port: PORT, addresses: server.addresses, udpPort: server.udpPort };
    const association = await endpoint.connect({ ...to, rtoMin: 2_500 });
    expect(association.outboundStreams).toBe(7);
    expect(association.paths[0]?.rto).toBe(2_500);
  });
});
