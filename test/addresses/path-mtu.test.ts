import { afterEach, describe, expect, test } from "vitest";
import type { Association, ConnectOptions } from "../../src/api/message/index.ts";
import { connectTo, echo, serve } from "../api/loopback.ts";
import { TapTransport } from "./tap-transport.ts";

/** How large a packet may be: rule 15 of the design, as far as loopback shows it. More is in namespaces.test.ts. */

const associations: Association[] = [];

afterEach(() => {
  for (const association of associations.splice(0)) association.abort();
});

interface Measured {
  readonly association: Association;
  /** Sends so much, waits until it is acknowledged, and gives the length of the largest UDP payload. */
  readonly largestOf: (size: number) => Promise<number>;
}

async function measured(address: string, options: Partial<ConnectOptions>): Promise<Measured> {
  const server = await serve({}, echo, [address]);
  const transport = await TapTransport.open(address);
  const association = await connectTo(server, { transport, ...options });
  associations.push(association);
  const largestOf = async (size: number): Promise<number> => {
    transport.sent.splice(0);
    await association.send(Buffer.alloc(size), { until: "acknowledged" });
    return Math.max(...transport.sent.map(({ length }) => length));
  };
  return { association, largestOf };
}

describe.each([
  ["127.0.0.1", 20 + 8],
  ["::1", 40 + 8],
])("§3.15 to %s", (address, headers) => {
  test.each([576, 1_280, 1_500, 9_000, 65_535])(
    "§3.15 a path MTU of %d, as the option says, counts the IP and UDP headers",
    async (pathMtu) => {
      const { association, largestOf } = await measured(address, { pathMtu });
      expect(association.paths).toMatchObject([{ mtu: pathMtu }]);
      // A packet's length is a multiple of 4; one that is full leaves no more than that.
      expect(await largestOf(200_000)).toBe((pathMtu - headers) & ~3);
    },
  );

  test("§3.15 the path MTU changes in mid-way: smaller, and larger again", async () => {
    const { association, largestOf } = await measured(address, { pathMtu: 1_400 });
    for (const pathMtu of [1_400, 700, 1_300, 600]) {
      association.configure({ pathMtu });
      expect(association.paths).toMatchObject([{ mtu: pathMtu }]);
      expect(await largestOf(50_000)).toBe((pathMtu - headers) & ~3);
    }
  });

  test("§3.15 what was cut for a larger path goes alone and whole, and what follows fits", async () => {
    const server = await serve({}, echo, [address]);
    const transport = await TapTransport.open(address);
    const association = await connectTo(server, { transport, pathMtu: 1_400, rtoMin: 100, rtoInitial: 100 });
    associations.push(association);
    // One packet is lost, and must go again when the path has become smaller.
    transport.fate = ({ chunks }) => (chunks.includes("DATA") ? "lost" : "pass");
    await association.send(Buffer.alloc(1_300));
    await new Promise<void>((resolve) => association.once("path", () => resolve()));
    association.configure({ pathMtu: 700 });
    transport.sent.splice(0);
    transport.fate = () => "pass";
    await association.send(Buffer.alloc(5_000));
    await association.flush();
    const lengths = transport.with("DATA").map(({ length }) => length);
    // 12 bytes of common header and 16 of the chunk's own around 1,300 (RFC 9260 §6.9: IP fragments it).
    expect(lengths.filter((length) => length > 700 - headers)).toEqual([1_328]);
    expect(transport.with("DATA").find(({ length }) => length === 1_328)?.chunks).toBe("DATA");
  });
});
