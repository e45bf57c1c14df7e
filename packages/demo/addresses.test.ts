import { describe, expect, test } from "vitest";
import { chooseSides } from "./addresses.ts";

describe("the addresses of the demonstration", () => {
  test.each([
    {
      machine: "Linux: all of 127.0.0.0/8",
      available: ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "::1"],
      receiver: ["127.0.0.1", "127.0.0.2"],
      sender: ["127.0.0.3", "127.0.0.4"],
    },
    {
      machine: "two of IPv4",
      available: ["127.0.0.1", "127.0.0.2"],
      receiver: ["127.0.0.1", "127.0.0.2"],
      sender: ["127.0.0.1", "127.0.0.2"],
    },
    {
      machine: "macOS: one of each family",
      available: ["127.0.0.1", "::1"],
      receiver: ["127.0.0.1", "::1"],
      sender: ["127.0.0.1", "::1"],
    },
    {
      machine: "three of IPv4 and IPv6, of which no path could cross the families",
      available: ["127.0.0.1", "127.0.0.2", "127.0.0.3", "::1"],
      receiver: ["127.0.0.1", "127.0.0.2"],
      sender: ["127.0.0.1", "127.0.0.2"],
    },
  ])("$machine", ({ available, receiver, sender }) => {
    expect(chooseSides(available)).toEqual({ receiver, sender });
  });

  test.each([[[]], [["127.0.0.1"]], [["::1"]]])("%j are too few", (available) => {
    expect(() => chooseSides(available)).toThrow("too few loopback addresses");
  });
});
