import type { Scenario } from "../matrix.ts";
import { check, same } from "./check.ts";
import { openStage } from "./stage.ts";
import { echoOnce } from "./traffic.ts";

const LIMIT = 15_000;

/** RFC 6951 §5.4: our packets come from another UDP port, as behind a NAT that forgot us, and the peer follows. */
export const itLearnsScenario: Scenario = {
  name: "it-learns-port",
  title: "our UDP port moves, the peer learns it",
  limit: LIMIT,
  async run(context) {
    const { association, peer, relay } = await openStage(context, { relay: {}, peer: { mode: "echo" } });
    check(relay !== undefined, () => "no relay");
    await echoOnce(association, "before");
    const before = relay.farPort;
    same("our port as the peer has it", (await peer.status()).paths[0]?.udpPort, before);
    await relay.rebind("far");
    check(relay.farPort !== before, () => "the port did not move");
    await echoOnce(association, "after");
    same("our port as the peer has it", (await peer.status()).paths[0]?.udpPort, relay.farPort);
    return "";
  },
};

/** RFC 6951 §5.4: the peer's packets come from another UDP port, with our tag, and we follow. */
export const weLearnScenario: Scenario = {
  name: "we-learn-port",
  title: "the peer's UDP port moves, we learn it",
  limit: LIMIT,
  async run(context) {
    const { association, peer, relay } = await openStage(context, { relay: {}, peer: { mode: "echo" } });
    check(relay !== undefined, () => "no relay");
    await echoOnce(association, "before");
    const before = relay.nearPort;
    same("the peer's port as we have it", association.paths[0]?.udpPort, before);
    await relay.rebind("near");
    check(relay.nearPort !== before, () => "the port did not move");
    // It speaks first: what we send goes to the old port until we have heard from the new one.
    await peer.source({ bytes: 1_000, size: 1_000 });
    await association[Symbol.asyncIterator]().next();
    same("the peer's port as we have it", association.paths[0]?.udpPort, relay.nearPort);
    await echoOnce(association, "after");
    return "";
  },
};
