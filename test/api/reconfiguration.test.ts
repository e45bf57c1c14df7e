import { type Association, connect, createServer, type SctpError } from "usctp";
import { afterEach, expect, test } from "vitest";
import type { ProtocolOptions } from "../../src/api/message/config-options.ts";

/** RFC 6525 in the message API, over real sockets. */

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of open.splice(0).reverse()) await end();
});

async function pair(
  theirs: ProtocolOptions = {},
  ours: ProtocolOptions = {},
): Promise<{ here: Association; there: Association }> {
  const server = createServer(theirs);
  await server.listen({ port: 0, udpPort: 0, addresses: "127.0.0.1" });
  open.push(() => server.close());
  const arriving = server[Symbol.asyncIterator]().next();
  const here = await connect({
    ...ours,
    port: server.port as number,
    udpPort: server.udpPort as number,
    addresses: "127.0.0.1",
  });
  open.push(() => here.abort());
  const there = (await arriving).value as Association;
  return { here, there };
}

async function next(association: Association): Promise<{ text: string; stream: number } | undefined> {
  for await (const { data, stream } of association) return { text: data.toString(), stream };
  return undefined;
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "nothing",
    (error: unknown) => (error as SctpError).code,
  );

test("streams are reset in turn, and both sides are told", async () => {
  const { here, there } = await pair();
  const told: unknown[] = [];
  here.on("streamsReset", (event) => told.push(["here", event.direction, event.streams]));
  there.on("streamsReset", (event) => told.push(["there", event.direction, event.streams]));
  await here.send("one", { stream: 3, until: "acknowledged" });
  const both = await Promise.all([
    here.resetStreams({ outgoing: [3] }),
    here.resetStreams({ outgoing: "all", incoming: "all" }),
  ]);
  expect(both).toEqual([{ outgoing: "performed" }, { outgoing: "performed", incoming: "nothing-to-do" }]);
  expect(told).toContainEqual(["here", "outgoing", [3]]);
  expect(told).toContainEqual(["there", "incoming", [3]]);
  expect(told).toContainEqual(["there", "incoming", "all"]);
});

test("streams are added, and can be used", async () => {
  const { here, there } = await pair();
  const added: unknown[] = [];
  there.on("streamsAdded", (event) => added.push(event));
  expect(await here.addStreams({ outgoing: 2, incoming: 1 })).toEqual({
    outgoing: "performed",
    incoming: "performed",
  });
  expect(here.outboundStreams).toBe(1_026);
  const arriving = next(there);
  await here.send("new", { stream: 1_025 });
  expect((await arriving)?.stream).toBe(1_025);
  expect(added).toContainEqual({ direction: "incoming", count: 2 });
});

test("all TSNs are reset, and messages go on both ways", async () => {
  const { here, there } = await pair();
  await here.send("before", { until: "acknowledged" });
  const told = new Promise((resolve) => there.once("associationReset", resolve));
  expect(await here.resetAssociation()).toEqual({ outgoing: "performed" });
  await told;
  await here.send("after", { until: "acknowledged" });
  await there.send("back", { until: "acknowledged" });
  expect((await next(there))?.text).toBe("before");
  expect((await next(there))?.text).toBe("after");
  expect((await next(here))?.text).toBe("back");
  expect(await codeOf(here.resetAssociation())).toBe("ERR_SCTP_RECONFIGURING");
});

test("what the peer does not allow, or have, rejects with a code of its own", async () => {
  const denying = { allowStreamReset: false, allowAssociationReset: false, allowStreamChange: false };
  const { here } = await pair(denying);
  expect(await codeOf(here.resetStreams({ outgoing: "all" }))).toBe("ERR_SCTP_DENIED");
  expect(await codeOf(here.addStreams({ outgoing: 1 }))).toBe("ERR_SCTP_DENIED");
  expect(await codeOf(here.resetAssociation())).toBe("ERR_SCTP_DENIED");
  const { here: alone } = await pair({ reconfiguration: false });
  expect(await codeOf(alone.resetStreams({ outgoing: "all" }))).toBe("ERR_SCTP_NOT_SUPPORTED");
});

test("a mistake rejects, and does not stop what is asked after it", async () => {
  const { here } = await pair();
  const codes = await Promise.all([
    codeOf(here.resetStreams({})),
    codeOf(here.resetStreams({ outgoing: [] })),
    codeOf(here.resetStreams({ incoming: [1_024] })),
    codeOf(here.addStreams({ outgoing: 0 })),
    codeOf(here.addStreams({ outgoing: 1.5 })),
    codeOf(here.addStreams({ incoming: 2_000 })),
    codeOf(here.addStreams({ outgoing: 1 })),
  ]);
  expect(codes).toEqual([
    "ERR_SCTP_INVALID_OPTION",
    "ERR_SCTP_INVALID_OPTION",
    "ERR_SCTP_INVALID_STREAM",
    "ERR_SCTP_INVALID_OPTION",
    "ERR_SCTP_INVALID_OPTION",
    "ERR_SCTP_INVALID_OPTION",
    "nothing",
  ]);
});

test("what is no list of streams, and no number of them, rejects with a code, and so does a name misspelt", async () => {
  const { here } = await pair();
  for (const wrong of [
    undefined,
    null,
    "all",
    [1],
    { outgoing: 1 },
    { outgoing: "every" },
    { incomming: [1] },
  ]) {
    await expect(here.resetStreams(wrong as never)).rejects.toMatchObject({
      code: "ERR_SCTP_INVALID_OPTION",
    });
  }
  for (const wrong of [undefined, 5, { outgoing: -1 }, { outgoing: "2" }, { outgoing: 1, incomming: 2 }]) {
    await expect(here.addStreams(wrong as never)).rejects.toMatchObject({
      code: "ERR_SCTP_INVALID_OPTION",
    });
  }
});

test("the end of the association rejects what was not answered", async () => {
  const { here } = await pair();
  const asked = [codeOf(here.addStreams({ outgoing: 1 })), codeOf(here.addStreams({ outgoing: 1 }))];
  here.abort();
  expect(await Promise.all(asked)).toEqual(["ERR_SCTP_RECONFIGURATION_FAILED", "ERR_SCTP_CLOSED"]);
});
