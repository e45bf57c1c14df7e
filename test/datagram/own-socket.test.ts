import { createSocket, type Socket, type SocketType } from "node:dgram";
import { afterEach, describe, expect, test } from "vitest";
import { SctpError } from "../../src/base/error.ts";
import { fromDgramSocket } from "../../src/datagram/own-socket.ts";
import { UdpTransport } from "../../src/datagram/udp.ts";
import { Inbox, ip, sendText } from "./support.ts";

const A = ip("127.0.0.1");

const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) {
    try {
      socket.close();
    } catch {
      // The transport has closed it.
    }
  }
});

async function bound(type: SocketType, address: string): Promise<Socket> {
  const socket = createSocket(type);
  sockets.push(socket);
  await new Promise<void>((resolve) => socket.bind({ address, port: 0 }, resolve));
  return socket;
}

function codeOf(call: () => unknown): string | undefined {
  try {
    call();
  } catch (error) {
    return error instanceof SctpError ? error.code : String(error);
  }
  return undefined;
}

describe("a dgram socket of the caller's", () => {
  test("carries datagrams both ways, and is closed with the transport", async () => {
    const transport = fromDgramSocket(await bound("udp4", "127.0.0.1"));
    const peer = await UdpTransport.open({ port: 0, addresses: [A] });
    const [inbox, peerInbox] = [new Inbox(), new Inbox()];
    transport.start(inbox);
    peer.start(peerInbox);
    expect(transport.addresses).toEqual([A]);
    await sendText(transport, { text: "there", source: A, destination: A, port: peer.port });
    expect(await peerInbox.next()).toMatchObject({ text: "there", sourcePort: transport.port });
    await sendText(peer, { text: "back", source: A, destination: A, port: transport.port });
    expect(await inbox.next()).toMatchObject({ text: "back", source: A, destination: A });
    await Promise.all([transport.close(), peer.close()]);
    expect(await sendText(transport, { text: "x", source: A, destination: A, port: 9 })).toBeDefined();
  });

  test("on a wildcard needs to be told the address that it stands for", async () => {
    const socket = await bound("udp4", "0.0.0.0");
    expect(codeOf(() => fromDgramSocket(socket))).toBe("ERR_SCTP_INVALID_ADDRESS");
    expect(codeOf(() => fromDgramSocket(socket, "nonsense"))).toBe("ERR_SCTP_INVALID_ADDRESS");
    expect(fromDgramSocket(socket, "127.0.0.5").addresses).toEqual([ip("127.0.0.5")]);
  });

  test("that is dual-stack delivers only the family of its address", async () => {
    const transport = fromDgramSocket(await bound("udp6", "::"), "::1");
    const peer = await UdpTransport.open({ port: 0, addresses: [A, ip("::1")] });
    const inbox = new Inbox();
    transport.start(inbox);
    await sendText(peer, { text: "v4", source: A, destination: A, port: transport.port });
    await sendText(peer, { text: "v6", source: ip("::1"), destination: ip("::1"), port: transport.port });
    expect((await inbox.next()).text).toBe("v6");
    await Promise.all([transport.close(), peer.close()]);
  });

  test("must be bound and not connected", async () => {
    const unbound = createSocket("udp4");
    sockets.push(unbound);
    expect(codeOf(() => fromDgramSocket(unbound))).toBe("ERR_SCTP_INVALID_STATE");
    const connected = await bound("udp4", "127.0.0.1");
    await new Promise<void>((resolve) => connected.connect(9, "127.0.0.1", resolve));
    expect(codeOf(() => fromDgramSocket(connected))).toBe("ERR_SCTP_INVALID_STATE");
  });

  test("reports its errors, which do not end the process", async () => {
    const socket = await bound("udp4", "127.0.0.1");
    const transport = fromDgramSocket(socket);
    const inbox = new Inbox();
    transport.start(inbox);
    socket.emit("error", new Error("ECONNREFUSED, say"));
    expect(inbox.errors).toHaveLength(1);
    await transport.close();
  });
});
