import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Association } from "../../../src/api/message/index.ts";
import * as namespace from "../../../src/api/net/index.ts";
import sctp, {
  type ConnectOptions,
  connect,
  createServer,
  defaults,
  PPID,
  Socket,
} from "../../../src/api/net/index.ts";
import { type ConnectPlan, connectPlan, listenPlan } from "../../../src/api/net/options.ts";
import { connectTo, freshLoopback, next, openSockets, PORT, pair, serve } from "./loopback.ts";

const thrown = (call: () => unknown): { code: string; message: string } => {
  const before = openSockets();
  try {
    call();
  } catch (error) {
    expect(openSockets()).toBe(before);
    return error as { code: string; message: string };
  }
  throw new Error("it threw nothing");
};

const udp = createSocket("udp4");

describe("connect() refuses before any socket opens", () => {
  test.each<[object, string, string]>([
    [{}, "ERR_SCTP_INVALID_OPTION", 'the option "port" is missing'],
    [{ port: 0 }, "ERR_SOCKET_BAD_PORT", '"port" must be >= 1 and < 65536, and got 0'],
    [{ port: 70_000 }, "ERR_SOCKET_BAD_PORT", "got 70000"],
    [{ port: "12a" }, "ERR_SOCKET_BAD_PORT", "got '12a'"],
    [{ port: 1, localPort: -1 }, "ERR_SOCKET_BAD_PORT", '"localPort" must be >= 0'],
    [{ port: 1, udpPort: 0 }, "ERR_SOCKET_BAD_PORT", '"udpPort" must be >= 1'],
    [{ port: 1, localUdpPort: 1.5 }, "ERR_SOCKET_BAD_PORT", "got 1.5"],
    [{ port: 1, MIS: 0 }, "ERR_SCTP_INVALID_OPTION", '"MIS" takes an integer from 1 to 65535'],
    [{ port: 1, OS: 70_000 }, "ERR_SCTP_INVALID_OPTION", '"OS" takes'],
    [
      { port: 1, MIS: 5, inboundStreams: 6 },
      "ERR_SCTP_INVALID_OPTION",
      '"MIS" and "inboundStreams" are mutually',
    ],
    [{ port: 1, ppid: -1 }, "ERR_SCTP_INVALID_OPTION", '"ppid" takes an integer from 0 to 4294967295'],
    [{ port: 1, stream_id: 65_535 }, "ERR_SCTP_INVALID_OPTION", '"stream_id" takes'],
    [{ port: 1, unordered: 1 }, "ERR_SCTP_INVALID_OPTION", '"unordered" takes true or false'],
    [{ port: 1, sack: { delay: 501 } }, "ERR_SCTP_INVALID_OPTION", 'sack: the option "delay" takes'],
    [{ port: 1, sack: { frequency: 1 } }, "ERR_SCTP_INVALID_OPTION", 'there is no option "frequency"'],
    [{ port: 1, sack: 5 }, "ERR_SCTP_INVALID_OPTION", '"sack" takes { delay, freq }'],
    [{ port: 1, noDelay: "no" }, "ERR_SCTP_INVALID_OPTION", '"noDelay" takes true or false'],
    [
      { port: 1, host: "a", remoteAddresses: ["b"] },
      "ERR_SCTP_INVALID_OPTION",
      '"host" and "remoteAddresses" are',
    ],
    [
      { port: 1, address: "a", remoteAddress: "b" },
      "ERR_SCTP_INVALID_OPTION",
      '"address" and "remoteAddress" are',
    ],
    [
      { port: 1, host: "127.0.0.1", remoteAddresses: ["127.0.0.1", "127.0.0.2"] },
      "ERR_SCTP_INVALID_OPTION",
      '"host" and "remoteAddresses" are',
    ],
    [
      { port: 1, localAddress: "a", localAddresses: ["b"] },
      "ERR_SCTP_INVALID_OPTION",
      "are mutually exclusive",
    ],
    [{ port: 1, remoteAddresses: [] }, "ERR_SCTP_INVALID_OPTION", "a list of at least one"],
    [{ port: 1, localAddresses: [] }, "ERR_SCTP_INVALID_OPTION", "a list of at least one"],
    [{ port: 1, host: 5 }, "ERR_SCTP_INVALID_OPTION", '"host" takes an address or a host name'],
    [{ port: 1, remoteAddreses: ["a"] }, "ERR_SCTP_INVALID_OPTION", 'did you mean "remoteAddresses"?'],
    [{ port: 1, rtoMin: 10, rtoMax: 5 }, "ERR_SCTP_INVALID_OPTION", "rtoMin"],
    [{ port: 1, connectTimeout: 0 }, "ERR_SCTP_INVALID_OPTION", '"connectTimeout" takes'],
    [{ port: 1, highWaterMark: -1 }, "ERR_SCTP_INVALID_OPTION", '"highWaterMark" takes'],
    [
      { port: 1, udpTransport: {} },
      "ERR_SCTP_INVALID_OPTION",
      '"udpTransport" takes a dgram.Socket (another carrier',
    ],
    [{ port: 1, udpPeer: { host: "a", port: 1 } }, "ERR_SCTP_INVALID_OPTION", 'a peer of "udpTransport"'],
    [
      { port: 1, udpTransport: udp, localAddress: "a" },
      "ERR_SCTP_INVALID_OPTION",
      'nothing beside "udpTransport"',
    ],
    [{ port: 1, udpTransport: udp, udpPeer: { port: 1 } }, "ERR_SCTP_INVALID_OPTION", '"host" is missing'],
    [{ port: 1, udpTransport: udp, udpPeer: { host: "a" } }, "ERR_SCTP_INVALID_OPTION", '"port" is missing'],
    [
      { port: 1, address: "b", udpTransport: udp, udpPeer: { host: "a", port: 1 } },
      "ERR_SCTP_INVALID_OPTION",
      'nothing beside "udpPeer"',
    ],
    [
      { port: 1, host: "b", udpTransport: udp, udpPeer: { host: "a", port: 1 } },
      "ERR_SCTP_INVALID_OPTION",
      'nothing beside "udpPeer"',
    ],
  ])("%o", (options, code, message) => {
    const error = thrown(() => connect(options as ConnectOptions));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.message).toMatch(/^connect\(\)/);
  });

  test("a path, and a listener that is none", () => {
    expect(thrown(() => connect("/tmp/socket")).message).toContain("SCTP has no local sockets");
    expect(thrown(() => connect({ port: 1 }, 5 as never)).code).toBe("ERR_INVALID_ARG_TYPE");
    expect(thrown(() => connect(1, "127.0.0.1", 5 as never)).code).toBe("ERR_INVALID_ARG_TYPE");
  });
});

describe("what makes no sense over UDP says so", () => {
  test.each<[string, unknown, unknown, string]>([
    ["allowHalfOpen", true, false, "no half-closed associations"],
    ["keepAlive", true, false, "heartbeatInterval"],
    ["no_bundle", true, false, "bundling cannot be turned off"],
    ["ootb", true, false, "RFC 9260 §8.4"],
    ["family", 6, 0, "name remoteAddresses"],
    ["lookup", () => {}, undefined, "dns.lookup"],
    ["path", "/tmp/x", undefined, "no local sockets"],
    ["fd", 3, undefined, "udpTransport"],
    ["protocol", 5, undefined, "ppid"],
    ["objectMode", true, false, "one write is one message"],
  ])("connect({ %s })", (name, refused, harmless, why) => {
    const options = { port: 5_000, [name]: refused } as ConnectOptions;
    const error = thrown(() => connect(options));
    expect(error.code).toBe("ERR_SCTP_INVALID_OPTION");
    expect(error.message).toContain(`the option "${name}" (got `);
    expect(error.message).toContain(why);
    expect(() => new Socket({ [name]: harmless })).not.toThrow();
    expect(thrown(() => new Socket({ [name]: refused })).message).toContain(why);
  });

  test.each([
    ["createServer", { allowHalfOpen: true }],
    ["listen", { port: 1, exclusive: false }],
    ["listen", { port: 1, ipv6Only: false }],
    ["listen", { port: 1, path: "/tmp/x" }],
    ["listen", { port: 1, readableAll: true }],
  ])("%s(%o)", (where, options) => {
    const call =
      where === "listen"
        ? () => createServer().listen(options as never)
        : () => createServer(options as object);
    expect(thrown(call)).toMatchObject({
      code: "ERR_SCTP_INVALID_OPTION",
      message: expect.stringMatching(/^(createServer|listen)\(\): the option .* cannot be had: /),
    });
  });

  test("setKeepAlive(true)", () => {
    const socket = new Socket();
    expect(thrown(() => socket.setKeepAlive(true)).message).toContain(
      "heartbeats are set by heartbeatInterval",
    );
    expect(socket.setKeepAlive(false)).toBe(socket);
  });
});

describe("createServer() and listen() refuse", () => {
  test.each<[() => unknown, string, string]>([
    [() => createServer({ MIS: 0 }), "ERR_SCTP_INVALID_OPTION", '"MIS" takes'],
    ...["x", 5, true, []].map((wrong): [() => unknown, string, string] => [
      () => createServer(wrong as object),
      "ERR_SCTP_INVALID_OPTION",
      "createServer() takes an object of options, and got ",
    ]),
    [() => createServer({ port: 5 } as object), "ERR_SCTP_INVALID_OPTION", 'there is no option "port"'],
    [
      () => createServer({ pauseOnConect: true } as object),
      "ERR_SCTP_INVALID_OPTION",
      'mean "pauseOnConnect"?',
    ],
    [() => createServer().listen({} as never), "ERR_INVALID_ARG_VALUE", '"port" is missing'],
    [() => createServer().listen({ port: null } as never), "ERR_INVALID_ARG_VALUE", '"port" is missing'],
    [() => createServer().listen(70_000), "ERR_SOCKET_BAD_PORT", "got 70000"],
    [() => createServer().listen("/tmp/x"), "ERR_SCTP_INVALID_OPTION", "no local sockets"],
    [() => createServer().listen({ port: 1, localAddresses: [] }), "ERR_SCTP_INVALID_OPTION", "at least one"],
    [() => createServer().listen({ port: 1, backlog: 0 }), "ERR_SCTP_INVALID_OPTION", '"backlog" takes'],
    [
      () => createServer().listen({ port: 1, host: "a", localAddresses: ["b"] }),
      "ERR_SCTP_INVALID_OPTION",
      "mutually exclusive",
    ],
    [
      () => createServer().listen({ port: 1, udpPort: 5, udpTransport: udp }),
      "ERR_SCTP_INVALID_OPTION",
      'nothing beside "udpTransport"',
    ],
  ])("%o", (call, code, message) => {
    expect(thrown(call)).toMatchObject({ code, message: expect.stringContaining(message) });
  });
});

test("a write before connect() throws", () => {
  expect(thrown(() => new Socket().write("x")).code).toBe("ERR_SCTP_NOT_CONNECTED");
});

describe("options under the names of the two packages", () => {
  test.each<[object, object]>([
    [
      { MIS: 5, OS: 6 },
      { inboundStreams: 5, outboundStreams: 6 },
    ],
    [{ sack: { delay: 50, freq: 3 } }, { sackDelay: 50, sackFrequency: 3 }],
    [{ sack: { delay: 0, freq: 0 } }, {}],
    [
      { sack: { freq: 1 }, noDelay: false },
      { sackFrequency: 1, noDelay: false },
    ],
    [
      { rtoMin: 5, heartbeatInterval: 7 },
      { rtoMin: 5, heartbeatInterval: 7 },
    ],
  ])("%o are the protocol parameters %o", (options, protocol) => {
    expect(connectPlan({ port: 1, ...options }).protocol).toEqual(protocol);
    expect(listenPlan({ port: 1, ...options }).protocol).toEqual(protocol);
  });

  test("reach the associations of either side", async () => {
    const { here, there } = await pair({ maxBurst: 9 }, { maxBurst: 8 });
    expect([there.status().maxBurst, here.status().maxBurst]).toEqual([9, 8]);
  });

  test("setNoDelay, before and after it is connected", async () => {
    const configure = vi.spyOn(Association.prototype, "configure");
    const server = await serve();
    const here = connectTo(server);
    expect(here.setNoDelay()).toBe(here);
    expect(configure).not.toHaveBeenCalled();
    await once(here, "connect");
    expect(configure).toHaveBeenLastCalledWith({ noDelay: true });
    here.setNoDelay(false);
    expect(configure).toHaveBeenLastCalledWith({ noDelay: false });
    configure.mockRestore();
    expect(thrown(() => here.setNoDelay(1 as never)).message).toContain("takes true or false");
  });
});

describe("defaults()", () => {
  const original = defaults();
  afterEach(() => {
    const { PMTU: _, ...rest } = original;
    defaults(rest);
  });

  test("returns what is set, under the names of net.sctp", () => {
    expect(original).toEqual({
      rto_initial: 1_000,
      rto_min: 1_000,
      rto_max: 60_000,
      rto_alpha_exp_divisor: 3,
      rto_beta_exp_divisor: 2,
      valid_cookie_life: 60_000,
      max_burst: 4,
      association_max_retrans: 10,
      path_max_retrans: 5,
      pf_retrans: 0,
      max_init_retransmits: 8,
      hb_interval: 30_000,
      sack_timeout: 200,
      sack_freq: 2,
      RWND: 1_048_576,
      PMTU: undefined,
    });
    expect(
      defaults({ rto_initial: 500, rto_min: 300, rto_max: 1_000, sack_timeout: 150, sack_freq: 2 }),
    ).toMatchObject({
      rto_initial: 500,
      rto_min: 300,
      rto_max: 1_000,
      sack_timeout: 150,
    });
    expect(defaults()).toMatchObject({ rto_initial: 500, rto_alpha_exp_divisor: 3 });
  });

  test("is what later servers and sockets begin with, and their own options come on top", async () => {
    defaults({ RWND: 30_000, max_burst: 7, rto_beta_exp_divisor: 4 });
    expect(connectPlan({ port: 1 }).protocol.rtoBeta).toBe(1 / 16);
    const { here, there } = await pair({}, { maxBurst: 8 });
    expect(there.status()).toMatchObject({ rwnd: 30_000, maxBurst: 7 });
    expect(here.status()).toMatchObject({ rwnd: 30_000, maxBurst: 8 });
  });

  test.each<[object, string]>([
    [{ rto_min: 300, sack_timeout: 501 }, '"sack_timeout" takes'],
    [{ RWND: 100 }, '"RWND" takes an integer from 1500'],
    [{ rto_min: 70_000 }, "rtoMin"],
    [{ rto_initail: 5 }, 'did you mean "rto_initial"?'],
    [{ cookie_hmac_alg: "md5" }, "HMAC-SHA-256"],
    [{ G: 50 }, "no granularity"],
  ])("refuses %o, and leaves all as it was", (parameters, message) => {
    const before = defaults();
    expect(thrown(() => defaults(parameters))).toMatchObject({
      code: "ERR_SCTP_INVALID_OPTION",
      message: expect.stringContaining(message),
    });
    expect(defaults()).toEqual(before);
  });
});

describe("the module", () => {
  test("comes as a default, as a namespace and by name", () => {
    const named = Object.entries(namespace).filter(([name]) => name !== "default");
    expect(named.map(([name]) => name).sort()).toEqual([
      "PPID",
      "Server",
      "Socket",
      "connect",
      "createConnection",
      "createServer",
      "defaults",
    ]);
    expect(Object.entries(sctp).sort()).toEqual(named.sort());
    expect(sctp.createConnection).toBe(connect);
  });

  test("names payload protocols, both ways", () => {
    expect([PPID.M3UA, PPID.DIAMETER, PPID.NGAP, PPID.WEBRTC_BINARY]).toEqual([3, 46, 60, 53]);
    expect(PPID[3]).toBe("M3UA");
  });

  test.each(["host", "address", "remoteAddress"])("takes the peer's address as %s", async (name) => {
    const host = freshLoopback();
    const server = await serve({ host });
    const socket = sctp.connect({ port: PORT, udpPort: server.udpPort, [name]: host });
    const [there] = await Promise.all([next<Socket>(server, "connection"), next(socket, "connect")]);
    expect(socket.remoteAddress).toBe(host);
    there.end();
    await next(socket, "close");
  });

  test.each<[Partial<ConnectOptions>, Partial<ConnectPlan>]>([
    [{ host: "127.9.9.9", address: "127.9.9.9" }, { remote: "127.9.9.9" }],
    [{ host: "a.example", address: "a.example", remoteAddress: "a.example" }, { remote: "a.example" }],
    [{ address: "::1", remoteAddress: "0:0:0:0:0:0:0:1" }, { remote: "::1" }],
    [{ host: "127.9.9.9", remoteAddresses: ["127.9.9.9"] }, { remote: "127.9.9.9" }],
    [{ localAddress: "127.9.9.9", localAddresses: ["127.9.9.9"] }, { local: "127.9.9.9" }],
    [{ MIS: 5, inboundStreams: 5 }, { protocol: expect.objectContaining({ inboundStreams: 5 }) }],
  ])("takes two names of one option that say the same: %o", (options, plan) => {
    expect(connectPlan({ port: PORT, ...options })).toMatchObject(plan);
  });

  test("connects by port and host, too", async () => {
    const host = freshLoopback();
    const server = await serve({ host, udpPort: 9_899 });
    const socket = sctp.createConnection("5000", host);
    const [there] = await Promise.all([next<Socket>(server, "connection"), next(socket, "connect")]);
    there.end();
    await next(socket, "close");
  });
});
