import { expect, test } from "vitest";
import { connect, createEndpoint } from "../../src/api/message/index.ts";
import { MutableTransport, udpSocket } from "./own-transport.ts";

/** RFC 9653 §3: only what guards the datagrams itself may go without SCTP's checksum. */

async function guardedTransport(): Promise<MutableTransport> {
  const transport = new MutableTransport(await udpSocket());
  transport.errorDetection = "dtls";
  return transport;
}

test("over transports that guard their datagrams, packets have no checksum", async () => {
  const transport = await guardedTransport();
  await using endpoint = await createEndpoint({ port: 5_000, transport, zeroChecksum: true });
  const arrival = endpoint[Symbol.asyncIterator]().next();
  const ours = await guardedTransport();
  const checksums: number[] = [];
  const send = ours.send.bind(ours);
  ours.send = (...datagram) => {
    checksums.push(Buffer.from(datagram[0]).readUInt32LE(8));
    send(...datagram);
  };
  const target = { port: 5_000, addresses: "127.0.0.1", udpPort: transport.port };
  await using here = await connect({ ...target, transport: ours, zeroChecksum: true });
  const { value: there } = await arrival;
  await here.send("hello");
  const { value: message } = (await there?.[Symbol.asyncIterator]().next()) ?? {};
  expect(message?.data.toString()).toBe("hello");
  // INIT and COOKIE ECHO have theirs (§5.2).
  expect(checksums.slice(0, 2).every((sum) => sum !== 0)).toBe(true);
  expect(checksums.slice(2)).toContain(0);
});

test("over plain UDP it is refused", async () => {
  const refused = { code: "ERR_SCTP_INVALID_OPTION", message: expect.stringContaining("zeroChecksum") };
  await expect(createEndpoint({ port: 5_000, udpPort: 0, zeroChecksum: true })).rejects.toMatchObject(
    refused,
  );
  const target = { port: 5_000, addresses: "127.0.0.1", udpPort: 9 };
  await expect(connect({ ...target, zeroChecksum: true })).rejects.toMatchObject(refused);
});
