import { describe, expect, test } from "vitest";
import { protocolChecks, protocolParameters } from "../../src/api/message/config-options.ts";
import { connect, createEndpoint, createServer } from "../../src/api/message/index.ts";
import { defaultConfig } from "../../src/association/config.ts";

/** What JavaScript callers may hand in, whatever the types say. */
const untyped = (value: unknown): never => value as never;

const peer = { port: 5000, addresses: ["127.0.0.1"] };

describe("a wrong option", () => {
  test.each([
    [
      "rtoMin",
      "fast",
      "createServer(): the option \"rtoMin\" takes a number of ms from 1 to 2147483647, and got 'fast'",
    ],
    [
      "sackDelay",
      501,
      'createServer(): the option "sackDelay" takes a number of ms from 0 to 500, and got 501',
    ],
    ["inboundStreams", 0, 'the option "inboundStreams" takes an integer from 1 to 65535, and got 0'],
    ["outboundStreams", 1.5, 'the option "outboundStreams" takes an integer from 1 to 65535, and got 1.5'],
    ["receiveBuffer", 1_499, "an integer from 1500 to 1073741824 (bytes), and got 1499"],
    ["pathMaxRetrans", -1, "an integer from 0 to 65535, or Infinity, and got -1"],
    ["rtoAlpha", 0, "a number above 0, at most 1, and got 0"],
    ["noDelay", 1, "true or false, and got 1"],
    ["advertise", ["0.0.0.0"], "a list of unicast IP addresses, and got [ '0.0.0.0' ]"],
    ["advertise", [], "a list of unicast IP addresses"],
    ["accept", true, "a function, and got true"],
    ["backlog", 0, "an integer from 1 to 65535 (associations)"],
    [
      "rtoMinn",
      5,
      'createServer(): there is no option "rtoMinn" (got 5): did you mean "rtoMin"? It takes accept, backlog, capture, rto',
    ],
    ["RTOMAX", 5, 'did you mean "rtoMax"? It takes'],
    ["bcaklog", 5, 'did you mean "backlog"? It takes'],
    ["mtu", 5, 'there is no option "mtu" (got 5); it takes accept'],
    ["constructor", 5, 'there is no option "constructor"'],
  ])("of a server, %s: %o", (name, value, message) => {
    let thrown: unknown;
    try {
      createServer(untyped({ [name]: value }));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ name: "SctpError", code: "ERR_SCTP_INVALID_OPTION" });
    expect((thrown as Error).message).toContain(message);
  });

  test("RFC 7829 §5, 1: a switchover of the primary below the potentially-failed threshold", () => {
    const options = { potentiallyFailedMaxRetrans: 3, primarySwitchoverMaxRetrans: 2 };
    expect(() => createServer(options)).toThrow(
      'the option "primarySwitchoverMaxRetrans" takes at least potentiallyFailedMaxRetrans (3), and got 2',
    );
    expect(() => createServer({ ...options, primarySwitchoverMaxRetrans: 3 })).not.toThrow();
  });

  test.each([
    [{ addresses: ["127.0.0.1"] }, 'the option "port" is missing; it takes an integer from 1 to 65535'],
    [{ port: 5000 }, 'the option "addresses" is missing'],
    [{ ...peer, port: 0 }, 'the option "port" takes an integer from 1 to 65535, and got 0'],
    [{ ...peer, port: "5000" }, "and got '5000'"],
    [{ ...peer, addresses: [] }, "takes an address or a list of at least one, and got []"],
    [{ ...peer, udpPort: 65_536 }, 'the option "udpPort"'],
    [
      { ...peer, timeout: 0 },
      'the option "timeout" takes a number of ms from 1 to 2147483647, or Infinity, and got 0',
    ],
    [{ ...peer, timeout: Number.NaN }, "and got NaN"],
    [{ ...peer, signal: {} }, "an AbortSignal, and got {}"],
    [{ ...peer, localAddreses: [] }, 'there is no option "localAddreses"'],
    [
      { ...peer, rtoMin: 5_000, rtoMax: 1_000 },
      'the option "rtoMin" takes a time with rtoMin (5000 ms) <= rtoMax (1000 ms)',
    ],
    [{ ...peer, transport: {} }, "a DatagramTransport, and got {}"],
    [null, "connect() takes an object of options, and got null"],
  ])("of connect: %o", async (options, message) => {
    const connecting = connect(untyped(options));
    await expect(connecting).rejects.toMatchObject({ code: "ERR_SCTP_INVALID_OPTION" });
    await expect(connecting).rejects.toThrow(message);
    expect(process.getActiveResourcesInfo().filter((kind) => /UDP|Timeout/.test(kind))).not.toContain(
      "UDPWrap",
    );
  });

  test("of listen and createEndpoint", async () => {
    await expect(createServer().listen(untyped({ port: 70_000 }))).rejects.toThrow(
      '"port" takes an integer from 0 to 65535',
    );
    await expect(createEndpoint(untyped({ port: 1, rtoMin: "x" }))).rejects.toThrow(
      'createEndpoint(): the option "rtoMin"',
    );
    await expect(createEndpoint(untyped({}))).rejects.toThrow('the option "port" is missing');
  });

  test("beside a transport of the caller's", async () => {
    const transport = { send() {}, start() {}, close() {} };
    await expect(connect(untyped({ ...peer, transport, localUdpPort: 9 }))).rejects.toThrow(
      'the option "localUdpPort" takes nothing beside "transport", which has its own, and got 9',
    );
  });

  test("of addresses names the entry", async () => {
    const invalid = { code: "ERR_SCTP_INVALID_ADDRESS" };
    for (const address of ["10.0.0.300", "224.0.0.1", "0.0.0.0", "fe80::zz", "1"]) {
      const connecting = connect({ port: 5000, addresses: ["127.0.0.1", address] });
      await expect(connecting).rejects.toMatchObject(invalid);
      await expect(connecting).rejects.toThrow(JSON.stringify(address));
    }
  });
});

test.each([
  ["127.0.0.1:9899", "the UDP port goes in udpPort"],
  ["[::1]:9899", "the UDP port goes in udpPort"],
  ["[::1]", 'write "::1", without brackets'],
  ["0.0.0.0", "is an unspecified address"],
  ["224.0.0.1", "is a multicast address"],
])("the address %s is refused with a hint", async (address, hint) => {
  await expect(connect({ port: 5000, addresses: address })).rejects.toThrow(hint);
});

describe("protocol parameters", () => {
  test("that are not given stay out, so that defaults can change below", () => {
    expect(protocolParameters("x", {})).toEqual({});
    expect(protocolParameters("x", { rtoMin: undefined, sackDelay: 100 })).toEqual({ sackDelay: 100 });
  });

  test("of an association come on top of those of its endpoint", () => {
    expect(protocolParameters("x", { maxBurst: 8 }, { maxBurst: 2, sackDelay: 50 })).toEqual({
      maxBurst: 8,
      sackDelay: 50,
    });
  });

  test("take rtoInitial along when only its bounds were moved", () => {
    expect(protocolParameters("x", { rtoMin: 3_000 })).toEqual({ rtoMin: 3_000, rtoInitial: 3_000 });
    expect(protocolParameters("x", { rtoMin: 100, rtoMax: 300 })).toMatchObject({ rtoInitial: 300 });
    expect(() => protocolParameters("x", { rtoMax: 2_000, rtoInitial: 3_000 })).toThrow("rtoInitial");
  });

  test("an interval of 0 turns heartbeats off, another one on", () => {
    const off = protocolParameters("x", { heartbeatInterval: 0 });
    expect(off).toMatchObject({ heartbeats: false });
    expect(protocolParameters("x", { heartbeatInterval: 500 }, off)).toMatchObject({
      heartbeats: true,
      heartbeatInterval: 500,
    });
    expect(protocolParameters("x", { sackDelay: 100 }, off)).toMatchObject({ heartbeats: false });
  });

  test("addresses to advertise become canonical", () => {
    expect(protocolParameters("x", { advertise: ["::FFFF:192.0.2.1"] })).toEqual({
      advertise: ["192.0.2.1"],
    });
  });

  test("can all be given, with their own defaults", () => {
    const given = Object.entries(defaultConfig).filter(
      ([name, value]) => name in protocolChecks && value !== undefined,
    );
    expect(() => createServer(Object.fromEntries(given))).not.toThrow();
  });
});
