import { expect, test } from "vitest";
import { connect, createServer } from "../../src/api/message/index.ts";
import { CutTransport } from "../support/cut-transport.ts";
import { closing, PORT } from "./loopback.ts";

/** RTO.Min of RFC 9260 §16, ms: all settings are the defaults here. */
const RTO_MIN = 1_000;
const SIZE = 4_096;
const COUNT = 20_000;

function numbered(index: number): Buffer {
  const bytes = Buffer.alloc(SIZE, index & 0xff);
  bytes.writeUInt32BE(index);
  return bytes;
}

test("the loss of the primary costs at most 1.5 times RTO.Min, nothing lost, nothing twice", async () => {
  const far = await CutTransport.open(["127.0.0.1", "127.0.0.2"]);
  const near = await CutTransport.open(["127.0.0.1", "127.0.0.2"]);
  const received: number[] = [];
  let longestGap = 0;
  const done = new Promise<void>((resolve) => {
    const server = createServer({}, async (association) => {
      let last = performance.now();
      for await (const { data } of association) {
        const now = performance.now();
        longestGap = Math.max(longestGap, now - last);
        last = now;
        received.push(data.readUInt32BE());
        if (received.length === COUNT) break;
      }
      resolve();
    });
    void closing(server).listen({ port: PORT, transport: far });
  });
  const association = await connect({
    port: PORT,
    addresses: ["127.0.0.1", "127.0.0.2"],
    udpPort: far.port,
    transport: near,
  });
  const changes: string[] = [];
  association.on("path", ({ change, path }) => changes.push(`${path.destination} ${change}`));
  const primary = association.paths.find((path) => path.primary);
  for (let index = 0; index < COUNT; index += 1) {
    if (index === COUNT / 2 && primary !== undefined) near.cut(primary.source);
    await association.send(numbered(index));
  }
  await done;
  await association.flush();
  expect(received).toEqual(Array.from({ length: COUNT }, (_, index) => index));
  expect(longestGap).toBeLessThanOrEqual(1.5 * RTO_MIN);
  expect(changes).toContain("127.0.0.1 suspect");
  near.heal();
  await association.close();
}, 20_000);
