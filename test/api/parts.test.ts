import { Network } from "@usctp/sim";
import { expect, test } from "vitest";
import type { Association } from "../../src/api/message/association.ts";
import { Binding } from "../../src/api/message/binding.ts";
import { type Socket, socketOf } from "../../src/api/net/socket.ts";
import type { AssociationConfig } from "../../src/association/config.ts";
import { asSsn } from "../../src/base/serial.ts";
import { reconfig, requests, sentTsn } from "../support/reconfig.ts";
import { ScriptedPeer } from "../support/scripted-peer.ts";

/** A message that comes in parts, and is cut off by a reset of its stream (RFC 6525): what each face makes of it. */

const unused = (): never => {
  throw new Error("not in this test");
};

/** An association that a peer of the test's has opened. */
async function opened(config: Partial<AssociationConfig>): Promise<{
  readonly network: Network;
  readonly peer: ScriptedPeer;
  readonly association: Association;
}> {
  const network = new Network({ seed: 1 });
  const host = network.host("A", { addresses: ["10.0.0.1"] });
  const peer = new ScriptedPeer(network, { address: "10.0.0.2", port: 6_000, peerPort: 5_000, peer: host });
  network.link("10.0.0.1", "10.0.0.2", { delay: 1 });
  let association: Association | undefined;
  const lease = { driver: host.driver, addresses: host.addresses, add: unused, remove: unused };
  const server: Binding = new Binding(
    { ...lease, release: () => Promise.resolve() },
    { port: 5_000, config, listening: true },
    {
      incoming: (core) => server.accept(core),
      established: (established) => {
        association = established;
      },
      vanished: unused,
    },
  );
  peer.associate({ parameters: [{ type: "SUPPORTED-EXTENSIONS", chunkTypes: [0x82] }] });
  network.run(10);
  if (association === undefined) throw new Error("no association arrived");
  return { network, peer, association };
}

/** Lets both the network and what waits for promises go on. */
async function turn(network: Network): Promise<void> {
  network.run(50);
  await new Promise((resolve) => setImmediate(resolve));
  network.run(50);
}

async function cutOff(network: Network, peer: ScriptedPeer): Promise<void> {
  peer.send(peer.data({ stream: 2, ending: false, data: Buffer.from("never ") }));
  await turn(network);
  peer.send(reconfig(requests(peer).outgoing(0, [2], { lastTsn: sentTsn(peer, 1) })));
  await turn(network);
  peer.send(peer.data({ stream: 2, ssn: asSsn(0), ending: false, data: Buffer.from("who") }));
  peer.send(peer.data({ stream: 2, ssn: asSsn(0), beginning: false, data: Buffer.from("le") }));
  await turn(network);
}

test("`partialAborted` tells of it", async () => {
  const { network, peer, association } = await opened({ partialDeliveryPoint: 1 });
  const seen: unknown[] = [];
  association.on("message", ({ data, end }) => seen.push([data.toString(), end]));
  association.on("partialAborted", (event) => seen.push(event));
  await turn(network);
  await cutOff(network, peer);
  expect(seen).toEqual([["never ", false], { stream: 2, unordered: false }, ["who", false], ["le", true]]);
});

test("a socket of `usctp/net` has whole messages alone, and is told of the reset", async () => {
  const { network, peer, association } = await opened({ partialDeliveryPoint: 1 });
  const socket: Socket = socketOf({ association, released: () => Promise.resolve() }, {});
  const seen: string[] = [];
  socket.on("data", (data: Buffer) => seen.push(data.toString()));
  socket.on("notification", ({ interpreted }) => seen.push(interpreted ?? ""));
  await turn(network);
  await cutOff(network, peer);
  expect(seen.slice(1)).toEqual(["SCTP_STREAM_RESET_EVENT: incoming 2", "whole"]);
  socket.destroy();
});
