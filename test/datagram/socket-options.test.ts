import type { BindOptions, Socket, SocketOptions } from "node:dgram";
import { expect, test, vi } from "vitest";
import { UdpTransport } from "../../src/datagram/udp.ts";
import { ip } from "./support.ts";

/** What shows only on other systems, under node:cluster or in a profile: what sockets are made and bound with. */
const made: SocketOptions[] = [];
const bound: BindOptions[] = [];

vi.mock("node:dgram", async (original) => {
  const dgram = await original<typeof import("node:dgram")>();
  return {
    ...dgram,
    createSocket(options: SocketOptions): Socket {
      made.push(options);
      const socket = dgram.createSocket(options);
      const bind = socket.bind.bind(socket);
      const recorded = (options: BindOptions, done?: () => void): Socket => {
        bound.push(options);
        return bind(options, done);
      };
      Object.assign(socket, { bind: recorded });
      return socket;
    },
  };
});

test("§3.1 §3.6 every IPv6 socket is ipv6Only, every bind exclusive, no send asks the resolver", async () => {
  const transport = await UdpTransport.open({ port: 0, addresses: [ip("127.0.0.1"), ip("::1")] });
  await transport.bind([ip("127.0.0.2")]);
  await transport.close();
  expect(made.map(({ type, ipv6Only }) => [type, ipv6Only])).toEqual([
    ["udp4", false],
    ["udp6", true],
    ["udp4", false],
  ]);
  expect(bound).toHaveLength(3);
  for (const options of bound) expect(options).toMatchObject({ exclusive: true });
  for (const { lookup } of made) {
    const answer = vi.fn();
    lookup?.("192.0.2.1", {}, answer);
    expect(answer).toHaveBeenCalledWith(null, "192.0.2.1", expect.anything());
  }
});
