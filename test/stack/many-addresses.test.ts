import { expect, test } from "vitest";
import { defaultConfig } from "../../src/association/config.ts";
import { decodePacket } from "../../src/packet/packet.ts";
import { feed, INIT, ip, makeStack, PORT } from "./support.ts";

/** RFC 9260 §3.3.3: a list of addresses has no bound there, but every answer has. */

test("an endpoint of more addresses than an answer holds is reached, and lists the first of them", () => {
  const stack = makeStack();
  const others = Array.from({ length: 1_000 }, (_, index) => ip(`fd00::${(index + 1).toString(16)}`));
  stack.createEndpoint({
    port: PORT,
    addresses: [ip("10.0.0.1"), ...others],
    listening: true,
    config: defaultConfig,
  });
  feed(stack, 1, { tag: 0 }, { type: "INIT", ...INIT });
  const buffer = new Uint8Array(stack.packetLimit);
  const transmit = stack.pollTransmit(1, buffer);
  const [answer] = decodePacket(buffer.subarray(0, transmit?.length))?.chunks ?? [];
  if (answer?.type !== "INIT-ACK") throw new Error("no INIT ACK");
  const listed = answer.parameters.filter(({ type }) => type === "IPV4-ADDRESS" || type === "IPV6-ADDRESS");
  // The one that it comes from is not needed in the list.
  expect(listed.length).toBeGreaterThan(15);
  expect(listed).toEqual(
    others.slice(0, listed.length).map((address) => ({ type: "IPV6-ADDRESS", address })),
  );
});
