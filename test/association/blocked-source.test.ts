import { Network } from "@usctp/sim";
import { expect, test } from "vitest";
import { parseAddress } from "../../src/base/address.ts";
import { decodePacket } from "../../src/packet/packet.ts";

const [A1, A2, Z1, Z2] = ["10.0.0.1", "10.1.0.1", "10.0.0.2", "10.1.0.2"] as const;

test("an answer that waits for a blocked source holds up none from another", () => {
  const network = new Network({ seed: 1 });
  const a = network.host("A", { addresses: [A1, A2] });
  const z = network.host("Z", { addresses: [Z1, Z2] });
  network.link(A1, Z1, { delay: 10 });
  network.link(A2, Z2, { delay: 10 });
  z.endpoint({ port: 5_002 });
  const association = a
    .endpoint({ port: 5_001 })
    .connect(a.now, { port: 5_002, addresses: z.addresses, udpPort: z.udpPort });
  a.driver.wake();
  network.run(2_000);
  const answers: string[] = [];
  network.tap(({ source, bytes }) => {
    const types = decodePacket(bytes)?.chunks.map(({ type }) => type) ?? [];
    if (types.includes("HEARTBEAT-ACK")) answers.push(source);
  });
  // Z is asked on both of its addresses, the blocked one first.
  const blocked = parseAddress(Z1);
  if (blocked === undefined) throw new Error("no address");
  z.stack.handleBlocked(blocked);
  for (const path of association.paths) association.requestHeartbeat(path.destination);
  a.driver.wake();
  network.run(100);
  expect(answers).toEqual([Z2]);
  z.stack.handleWritable(blocked);
  z.driver.wake();
  network.run(100);
  expect(answers).toEqual([Z2, Z1]);
});

test("an answer to RE-CONFIG that waits for a blocked source holds up no request from another", () => {
  const network = new Network({ seed: 1 });
  const a = network.host("A", { addresses: [A1, A2] });
  const z = network.host("Z", { addresses: [Z1, Z2] });
  network.link(A1, Z1, { delay: 10 });
  network.link(A2, Z2, { delay: 10 });
  z.endpoint({ port: 5_002 });
  const association = a
    .endpoint({ port: 5_001 })
    .connect(a.now, { port: 5_002, addresses: z.addresses, udpPort: z.udpPort });
  a.driver.wake();
  network.run(2_000);
  const sent: string[] = [];
  network.tap(({ source, bytes }) => {
    const chunk = decodePacket(bytes)?.chunks.find(({ type }) => type === "RE-CONFIG");
    if (chunk?.type === "RE-CONFIG" && z.addresses.includes(source))
      sent.push(`${source} ${chunk.parameters[0]?.type}`);
  });
  const [theirs] = z.associations;
  const [blocked, other] = [parseAddress(Z1), parseAddress(A2)];
  if (blocked === undefined || other === undefined || theirs === undefined) throw new Error("not set up");
  z.stack.handleBlocked(blocked);
  association.resetStreams(network.now, { outgoing: [1] });
  a.driver.wake();
  network.run(50);
  theirs.setPrimary(other);
  theirs.resetStreams(network.now, { outgoing: [1] });
  z.driver.wake();
  network.run(50);
  expect(sent).toEqual([`${Z2} OUTGOING-SSN-RESET-REQUEST`]);
  z.stack.handleWritable(blocked);
  z.driver.wake();
  network.run(50);
  expect(sent.slice(1)).toEqual([`${Z1} RE-CONFIG-RESPONSE`]);
});
