import { type Association, createEndpoint, type Endpoint } from "usctp";
import type { Context, Scenario } from "../matrix.ts";
import { freeUdpPort, type Peer, type PeerOptions } from "../peer.ts";
import { same, until } from "./check.ts";
import { keepAssociation, openPeer } from "./stage.ts";
import { type Bulk, echoOnce, peerReceivesBulk, receiveBulk, sendBulk } from "./traffic.ts";

const LIMIT = 30_000;

/** What AUTH (RFC 4895) and ASCONF (RFC 5061) need to be on there. */
const sysctl = { auth_enable: 1, asconf_enable: 1 };

interface Stage {
  readonly endpoint: Endpoint;
  readonly association: Association;
  readonly peer: Peer;
}

/** Our endpoint at 127.0.0.2, the peer at 127.0.0.1, and an association that reconfigures addresses. */
async function openStage(context: Context, options: Partial<PeerOptions>): Promise<Stage> {
  const { ports } = context.stack;
  const [ourUdpPort, udpPort] = [await freeUdpPort(), await freeUdpPort()];
  const endpoint = await createEndpoint({
    port: ports.ours,
    addresses: ["127.0.0.2"],
    udpPort: ourUdpPort,
    addressReconfiguration: true,
    capture: context.captureFile(),
  });
  context.defer(() => endpoint.close({ associations: "abort" }));
  const peer = await openPeer(context, {
    localAddresses: ["127.0.0.1"],
    port: ports.peer,
    udpPort,
    udpBuffer: 4 << 20,
    sysctl,
    ...options,
  });
  if (context.opener === "we connect") {
    await peer.expectUdpPort(ourUdpPort);
    const association = await endpoint.connect({ port: ports.peer, addresses: "127.0.0.1", udpPort });
    await peer.up();
    return { endpoint, association: keepAssociation(context, association), peer };
  }
  const arrival = endpoint[Symbol.asyncIterator]().next();
  await peer.connect({ addresses: ["127.0.0.2"], port: ports.ours, udpPort: ourUdpPort });
  await peer.up();
  const { value } = await arrival;
  if (value === undefined) throw new Error("our endpoint was closed");
  return { endpoint, association: keepAssociation(context, value), peer };
}

/** RFC 5061: our only address gives way to another, while both sides send. */
export const addressesOfUsScenario: Scenario = {
  name: "addresses-of-us",
  title: "our address is added, preferred, deleted",
  limit: LIMIT,
  async run(context) {
    const bulk: Bulk = { bytes: context.stack.bulk / 4, size: 8_192, streams: 4 };
    const { endpoint, association, peer } = await openStage(context, { mode: "sink" });
    const answers: string[] = [];
    association.on("addressChange", ({ change, address, refused }) =>
      answers.push(`${change} ${address}${refused === undefined ? "" : " refused"}`),
    );
    const change = async (): Promise<void> => {
      await endpoint.addAddresses(["127.0.0.3"]);
      await peer.next("path", { address: "127.0.0.3", state: "CONFIRMED" });
      association.setPeerPrimary("127.0.0.3");
      await until(() => answers.length === 2);
      await endpoint.removeAddresses(["127.0.0.2"]);
      await peer.next("path", { address: "127.0.0.2", state: "REMOVED" });
    };
    let begin = (): void => {};
    const hasBegun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    await Promise.all([
      sendBulk(association, bulk, (bytes) => {
        if (bytes >= bulk.bytes / 4) begin();
      }),
      peerReceivesBulk(peer, bulk, LIMIT),
      peer.source({ ...bulk }, LIMIT),
      receiveBulk(association, bulk),
      hasBegun.then(change),
    ]);
    same("the peer's answers", answers, ["add 127.0.0.3", "set-primary 127.0.0.3", "delete 127.0.0.2"]);
    const { paths, primary } = await peer.status();
    same(
      "our addresses there",
      [primary, ...paths.map(({ address }) => address)],
      ["127.0.0.3", "127.0.0.3"],
    );
    await peer.setMode("echo");
    await echoOnce(association, "over the new address");
    return "";
  },
};

/** The library's packets leave from 127.0.0.1 whatever it binds, so that address stays. */
export const addressesOfItScenario: Scenario = {
  name: "addresses-of-it",
  title: "its address is added, preferred, deleted",
  limit: LIMIT,
  async run(context) {
    const bulk: Bulk = { bytes: context.stack.bulk / 4, size: 8_192, streams: 4 };
    const { association, peer } = await openStage(context, { mode: "sink", spareAddresses: ["127.0.0.4"] });
    const seen: string[] = [];
    association.on("path", ({ change, path }) => seen.push(`${change} ${path.destination}`));
    const has = (what: string): Promise<void> => until(() => seen.includes(what));
    const change = async (): Promise<void> => {
      await peer.bindx("127.0.0.4", true);
      await has("confirmed 127.0.0.4");
      await peer.setPeerPrimary("127.0.0.4");
      await has("primary 127.0.0.4");
      // Data on its way to a deleted address are out of the blue to the library, whose ABORT leaves from
      // 127.0.0.1, as all that it sends, so that we cannot tell it from one that is meant (RFC 5061 §5.3,
      // F13): none shall be.
      await peer.setPeerPrimary("127.0.0.1");
      await has("primary 127.0.0.1");
      await until(() => association.paths.every((path) => path.primary || path.flightSize === 0));
      await peer.bindx("127.0.0.4", false);
      await has("removed 127.0.0.4");
    };
    let begin = (): void => {};
    const hasBegun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    await Promise.all([
      sendBulk(association, bulk, (bytes) => {
        if (bytes >= bulk.bytes / 4) begin();
      }),
      peerReceivesBulk(peer, bulk, LIMIT),
      peer.source({ ...bulk }, LIMIT),
      receiveBulk(association, bulk),
      hasBegun.then(change),
    ]);
    same("its addresses here", association.remoteAddresses, ["127.0.0.1"]);
    await peer.setMode("echo");
    await echoOnce(association, "over the old address");
    return "";
  },
};
