import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canReach, chooseSource, nextSource } from "../../../src/association/path/source-selection.ts";
import type { IpAddress } from "../../../src/base/address.ts";
import { ip, SEEDED } from "./support.ts";

function choose(
  destination: string,
  candidates: readonly string[],
  options: { readonly routed?: string; readonly taken?: readonly string[] } = {},
): IpAddress | undefined {
  return chooseSource({
    destination: ip(destination),
    candidates: candidates.map(ip),
    routed: options.routed === undefined ? undefined : ip(options.routed),
    taken: new Set((options.taken ?? []).map(ip)),
  });
}

describe("what can reach what", () => {
  test.each([
    ["10.0.0.1", "10.0.0.2", true],
    ["10.0.0.1", "192.0.2.1", true],
    ["10.0.0.1", "2001:db8::1", false],
    ["2001:db8::2", "2001:db8::1", true],
    ["127.0.0.1", "127.0.0.2", true],
    ["127.0.0.1", "10.0.0.2", false],
    ["10.0.0.1", "127.0.0.1", false],
    ["::1", "::1", true],
    ["::1", "2001:db8::1", false],
    ["fe80::1%eth0", "fe80::2%eth0", true],
    ["fe80::1%eth0", "fe80::2%eth1", false],
    ["0.0.0.0", "127.0.0.1", true],
    ["0.0.0.0", "10.0.0.2", true],
    ["0.0.0.0", "::1", false],
    ["::", "2001:db8::1", true],
  ])("%s to %s: %s", (source, destination, reaches) => {
    expect(canReach(ip(source), ip(destination))).toBe(reaches);
  });
});

describe("the source of a path", () => {
  test("is what the route says", () => {
    expect(choose("192.0.2.1", ["10.0.0.1", "10.1.0.1"], { routed: "10.1.0.1" })).toBe("10.1.0.1");
  });

  // RFC 9260 §6.4.1: paths that share a source share its failures.
  test("is another one when a path has the route's already", () => {
    const candidates = ["10.0.0.1", "10.1.0.1"];
    expect(choose("192.0.2.1", candidates, { routed: "10.1.0.1", taken: ["10.1.0.1"] })).toBe("10.0.0.1");
  });

  test("is the route's all the same when every one is taken", () => {
    const candidates = ["10.0.0.1", "10.1.0.1"];
    expect(choose("10.0.0.2", candidates, { routed: "10.1.0.1", taken: candidates })).toBe("10.1.0.1");
  });

  test("is never one that is not ours, whatever the route says", () => {
    expect(choose("192.0.2.1", ["10.0.0.1"], { routed: "172.16.0.1" })).toBe("10.0.0.1");
  });

  test("is the one with the longest common prefix where no route is known", () => {
    const candidates = ["10.0.0.1", "10.1.0.1", "192.168.1.1"];
    expect(choose("10.1.0.2", candidates)).toBe("10.1.0.1");
    expect(choose("192.168.7.7", candidates)).toBe("192.168.1.1");
    expect(choose("10.1.0.2", candidates, { taken: ["10.1.0.1"] })).toBe("10.0.0.1");
  });

  test("does not exist when nothing reaches the destination", () => {
    expect(choose("2001:db8::1", ["10.0.0.1", "127.0.0.1"])).toBeUndefined();
    expect(choose("10.0.0.1", [])).toBeUndefined();
  });

  const addresses = [
    "10.0.0.1",
    "10.1.0.1",
    "127.0.0.1",
    "127.0.0.2",
    "192.0.2.1",
    "2001:db8::1",
    "::1",
    "fe80::1%eth0",
    "fe80::1%eth1",
  ].map(ip);

  test("is a candidate that reaches the destination, and a free one if there is any", () => {
    const some = fc.subarray(addresses);
    fc.assert(
      fc.property(
        fc.constantFrom(...addresses),
        some,
        fc.option(fc.constantFrom(...addresses), { nil: undefined }),
        some,
        (destination, candidates, routed, taken) => {
          const source = chooseSource({ destination, candidates, routed, taken: new Set(taken) });
          const usable = candidates.filter((candidate) => canReach(candidate, destination));
          if (source === undefined) {
            expect(usable).toEqual([]);
            return;
          }
          expect(usable).toContain(source);
          const free = usable.filter((candidate) => !taken.includes(candidate));
          if (free.length > 0) expect(free).toContain(source);
        },
      ),
      SEEDED,
    );
  });
});

test("the next source goes round all that reach the destination", () => {
  const choice = {
    destination: ip("10.0.0.9"),
    candidates: ["10.0.0.1", "2001:db8::1", "10.1.0.1", "127.0.0.1", "10.2.0.1"].map(ip),
    routed: undefined,
    taken: new Set<IpAddress>(),
  };
  let source: IpAddress | undefined = ip("10.0.0.1");
  const round: (IpAddress | undefined)[] = [];
  for (let i = 0; i < 4; i++) {
    source = source === undefined ? undefined : nextSource(choice, source);
    round.push(source);
  }
  expect(round).toEqual(["10.1.0.1", "10.2.0.1", "10.0.0.1", "10.1.0.1"]);
  // One that has gone meanwhile: from the beginning.
  expect(nextSource(choice, ip("10.7.0.1"))).toBe("10.0.0.1");
});

test("there is no next source where one alone reaches the destination", () => {
  const candidates = [ip("10.0.0.1"), ip("::1")];
  const choice = { destination: ip("10.0.0.9"), candidates, routed: undefined, taken: new Set<IpAddress>() };
  expect(nextSource(choice, ip("10.0.0.1"))).toBeUndefined();
});
