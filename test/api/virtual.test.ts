import { asAddress, type Host, Network } from "@usctp/sim";
import { expect, test } from "vitest";
import type { Association } from "../../src/api/message/association.ts";
import { Binding, type BindingHooks } from "../../src/api/message/binding.ts";
import type { FailedMessage } from "../../src/api/message/message.ts";
import type { Lease } from "../../src/driver/index.ts";

const unused = (): never => {
  throw new Error("not in this test");
};

/** The lease of a host whose addresses stay as they are. */
function leaseOf(host: Host): Lease {
  return {
    driver: host.driver,
    addresses: host.addresses,
    add: unused,
    remove: unused,
    release: () => Promise.resolve(),
  };
}

function bind(host: Host, hooks?: BindingHooks): Binding {
  return new Binding(leaseOf(host), { port: 5_000, config: {}, listening: hooks !== undefined }, hooks);
}

/** Both ends of an association between two hosts with two paths. */
async function pair(network: Network): Promise<{ here: Association; there: Association; a: Host; b: Host }> {
  const a = network.host("A", { addresses: ["10.0.0.1", "10.0.1.1"] });
  const b = network.host("Z", { addresses: ["10.0.0.2", "10.0.1.2"] });
  network.linkPairs(a, b);
  let there: Association | undefined;
  const server: Binding = bind(b, {
    incoming: (core) => server.accept(core),
    established: (association) => {
      there = association;
    },
    vanished: unused,
  });
  const target = { port: 5_000, addresses: b.addresses, udpPort: b.udpPort, config: {} };
  const connecting = bind(a).connect(target, new AbortController().signal);
  network.run(1_000);
  const here = await connecting;
  if (there === undefined) throw new Error("no association arrived");
  return { here, there, a, b };
}

test("the same classes run in simulated time, and tell of a failover and of the way back", async () => {
  const network = new Network({ seed: 1 });
  const { here, there } = await pair(network);
  const changes: string[] = [];
  here.on("path", ({ change, path }) => changes.push(`${path.destination} ${change}`));
  const received: string[] = [];
  there.on("message", ({ data }) => received.push(data.toString()));

  network.cut("10.0.0.1", "10.0.0.2");
  here.trySend("over the other path");
  network.run(3_000);
  expect(received).toEqual(["over the other path"]);
  expect(changes).toEqual(["10.0.0.2 potentially-failed"]);

  network.run(300_000);
  expect(changes).toContain("10.0.0.2 unreachable");
  expect(here.paths.map(({ destination, state }) => [destination, state])).toEqual([
    ["10.0.0.2", "unreachable"],
    ["10.0.1.2", "active"],
  ]);
  network.heal("10.0.0.1", "10.0.0.2");
  network.run(300_000);
  expect(changes.at(-1)).toBe("10.0.0.2 active");
});

test("an association whose peer is gone ends, and every message of it comes back as failed", async () => {
  const network = new Network({ seed: 2 });
  const { here } = await pair(network);
  network.cut("10.0.0.1", "10.0.0.2");
  network.cut("10.0.1.1", "10.0.1.2");
  const failures: FailedMessage[] = [];
  here.on("failed", (failure) => failures.push(failure));
  const waiting = here.send("a", { until: "acknowledged" });
  const outcome = expect(waiting).rejects.toMatchObject({ code: "ERR_SCTP_TIMED_OUT" });
  here.trySend("b", { context: 2, stream: 1 });
  network.run(1_000_000);
  await outcome;
  expect(here.closed).toMatchObject({ reason: "timed-out", error: { code: "ERR_SCTP_TIMED_OUT" } });
  expect(
    failures.map(({ data, context, error }) => [Buffer.from(data).toString(), context, error.code]),
  ).toEqual([
    ["a", undefined, "ERR_SCTP_TIMED_OUT"],
    ["b", 2, "ERR_SCTP_TIMED_OUT"],
  ]);
});

test("close() comes to its end where the peer begins anew meanwhile", async () => {
  const network = new Network({ seed: 3 });
  const { here, b } = await pair(network);
  network.cut("10.0.0.1", "10.0.0.2");
  network.cut("10.0.1.1", "10.0.1.2");
  const closing = here.close();
  network.run(100);
  await b.driver.close();
  network.heal("10.0.0.1", "10.0.0.2");
  const successor = network.host("Z2", { addresses: b.addresses });
  const restarted: string[] = [];
  here.on("restart", () => restarted.push(here.state));
  const target = { port: 5_000, addresses: [asAddress("10.0.0.1")], udpPort: b.udpPort, config: {} };
  const again = bind(successor).connect(target, new AbortController().signal);
  network.run(10_000);
  await again;
  network.run(10_000);
  expect(restarted).toEqual(["established"]);
  expect(await closing).toBeUndefined();
  expect(here.closed).toMatchObject({ reason: "shutdown" });
});
