import { afterEach, describe, expect, test } from "vitest";
import type { Association, ConnectOptions, FailedMessage } from "../../src/api/message/index.ts";
import { TapTransport } from "../addresses/tap-transport.ts";
import { connectTo, ended, PORT, serve, until } from "../api/loopback.ts";

/** The system refuses to send, with each of its errors: for a while, on one of two paths, for good. */

const [A1, A2, Z1, Z2] = ["127.0.0.51", "127.0.0.52", "127.0.0.53", "127.0.0.54"] as const;
const QUICK = { rtoInitial: 100, rtoMin: 100, rtoMax: 200, pathMtuSearch: "never", sackDelay: 20 } as const;
const CODES = [
  "EAGAIN",
  "ENOBUFS",
  "ENOMEM",
  "EPERM",
  "EACCES",
  "ENETDOWN",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "EINVAL",
  "ECONNREFUSED",
];
const COUNT = 200;

const associations: Association[] = [];

afterEach(() => {
  for (const association of associations.splice(0)) association.abort();
});

/** An association over sockets that refuse what `transport.fate` says, and the numbers that its peer reads. */
async function open(
  ours: readonly string[],
  theirs: readonly string[],
  options: Partial<ConnectOptions> = {},
  fate?: TapTransport["fate"],
): Promise<{ association: Association; transport: TapTransport; received: number[] }> {
  const received: number[] = [];
  const server = await serve(
    QUICK,
    (there) => void there.on("message", ({ data }) => received.push(data.readUInt32BE())),
    theirs,
  );
  const transport = await TapTransport.open(...ours);
  if (fate !== undefined) transport.fate = fate;
  const association = await connectTo(server, { transport, ...QUICK, ...options });
  associations.push(association);
  await until(
    () => association.paths.length === theirs.length && association.paths.every((p) => p.state === "active"),
  );
  return { association, transport, received };
}

function numbered(number: number): Buffer {
  const data = Buffer.alloc(1_000);
  data.writeUInt32BE(number);
  return data;
}

async function sendAll(association: Association): Promise<void> {
  for (let number = 0; number < COUNT; number++) await association.send(numbered(number));
  await association.flush();
}

const inOrder: readonly number[] = Array.from({ length: COUNT }, (_, number) => number);

describe.each(CODES)("a socket that fails to send with %s", (code) => {
  test("now and then: as if the packets were lost, everything arrives once and in order", async () => {
    const { association, transport, received } = await open([A1], [Z1]);
    let count = 0;
    transport.fate = ({ chunks }) => (chunks.includes("DATA") && count++ % 7 === 0 ? { code } : "pass");
    await sendAll(association);
    await until(() => received.length >= COUNT);
    expect(received).toEqual(inOrder);
    expect(association.statistics.retransmissions).toBeGreaterThan(0);
    expect(association.state).toBe("established");
  });

  test("on one of two paths: the other one carries everything", async () => {
    const { association, transport, received } = await open([A1, A2], [Z1, Z2]);
    const bad = association.localAddress;
    transport.fate = ({ source }) => (source === bad ? { code } : "pass");
    await sendAll(association);
    await until(() => received.length >= COUNT);
    expect(received).toEqual(inOrder);
    expect(association.state).toBe("established");
  });

  test("for good: the timers go on at their own pace, then it has timed out and says which messages failed", async () => {
    const { association, transport, received } = await open([A1], [Z1], { associationMaxRetrans: 3 });
    const failed: FailedMessage[] = [];
    association.on("failed", (message) => failed.push(message));
    transport.fate = () => ({ code });
    transport.sent.splice(0);
    const acknowledged = association.send(numbered(1), { until: "acknowledged", context: "one" });
    const outcome = acknowledged.catch((error: { code: string }) => error.code);
    association.trySend(numbered(2), { context: "two" });
    expect(await ended(association)).toMatchObject({
      reason: "timed-out",
      error: { code: "ERR_SCTP_TIMED_OUT" },
    });
    expect(await outcome).toBe("ERR_SCTP_TIMED_OUT");
    expect(failed.map(({ context }) => context)).toEqual(["one", "two"]);
    expect(received).toEqual([]);
    // Four times DATA, some HEARTBEATs, and the ABORT: no packet that is refused calls for the next one.
    expect(transport.with("DATA").length).toBeLessThanOrEqual(5);
    expect(transport.sent.length).toBeLessThan(15);
  });

  test("from the beginning: connect() fails when its time is up", async () => {
    const server = await serve({}, () => {}, [Z1]);
    const transport = await TapTransport.open(A1);
    transport.fate = () => ({ code });
    const connecting = connectTo(server, { transport, ...QUICK, timeout: 500 });
    await expect(connecting).rejects.toMatchObject({ code: "ERR_SCTP_CONNECT_TIMEOUT" });
    expect(transport.with("INIT").length).toBeLessThanOrEqual(5);
    expect(server.port).toBe(PORT);
  });
});

test.each(["ENETUNREACH", "EHOSTUNREACH", "EINVAL", "EADDRNOTAVAIL"])(
  "%s speaks of our address: another one is tried at once, before any timer",
  async (code) => {
    const slow = { rtoInitial: 5_000, rtoMin: 5_000, rtoMax: 5_000, heartbeatInterval: 0 };
    const { association, transport, received } = await open([A1, A2], [Z1], slow);
    const first = association.localAddress;
    transport.fate = ({ source }) => (source === first ? { code } : "pass");
    association.trySend(numbered(1));
    await until(() => association.localAddress !== first);
    association.trySend(numbered(2));
    await until(() => transport.with("DATA").some(({ source }) => source !== first));
    expect(association.statistics.timeouts).toBe(0);
    expect(association.state).toBe("established");
    expect(received).toEqual([]);
  },
);

describe("EMSGSIZE", () => {
  test("above a size: what the search of the path MTU finds fits, and everything arrives", async () => {
    const { association, transport, received } = await open(
      [A1],
      [Z1],
      { pathMtuSearch: "own" },
      ({ length }) => (length > 9_000 ? { code: "EMSGSIZE" } : "pass"),
    );
    await association.send(Buffer.alloc(200_000));
    await association.flush();
    await until(() => received.length === 1);
    const [path] = association.paths;
    expect(path?.mtu).toBeLessThanOrEqual(9_028);
    await until(() => transport.with("PAD").some(({ length }) => length > 9_000));
    await until(() => (association.paths[0]?.mtu ?? 0) > 1_500);
    // RFC 8899 tries a size three times that is lost; one that is refused is not tried again.
    const refused = transport.sent.map(({ length }) => length).filter((length) => length > 9_000);
    expect(refused).toEqual([...new Set(refused)]);
    expect(association.statistics.timeouts).toBe(0);
  });

  test("of data that were cut for a larger path: it has timed out when that stays so, they cannot be cut again", async () => {
    const { association, transport } = await open([A1], [Z1], { associationMaxRetrans: 3, pathMtu: 9_000 });
    transport.fate = ({ length }) => (length > 1_500 ? { code: "EMSGSIZE" } : "pass");
    const outcome = association
      .send(Buffer.alloc(8_000), { until: "acknowledged" })
      .catch((error: { code: string }) => error.code);
    expect(await ended(association)).toMatchObject({ reason: "timed-out" });
    expect(await outcome).toBe("ERR_SCTP_TIMED_OUT");
  });
});
