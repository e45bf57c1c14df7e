import type { Association } from "usctp";
import type { Scenario } from "../matrix.ts";
import { check, same, until } from "./check.ts";
import { connectFrom, keepAssociation, openOurSide, openPeer, openStage } from "./stage.ts";
import { echoOnce } from "./traffic.ts";

const LIMIT = 20_000;

/** RFC 9260 §5.2.4 action A, seen by us: what the peer had not acknowledged comes back before the restart. */
export const restartOfItScenario: Scenario = {
  name: "restart-of-it",
  title: "the peer is killed and starts again",
  limit: LIMIT,
  async run(context) {
    const { association, peer, toUs } = await openStage(context, { peer: { mode: "echo" } });
    await echoOnce(association, "before");
    // What is not acknowledged comes back, and that is to be the other message alone.
    await association.flush();
    const told: string[] = [];
    association.on("failed", ({ data, error }) => told.push(`${error.code} ${Buffer.from(data)}`));
    const restarted = new Promise<void>((resolve) => association.once("restart", resolve));
    restarted.then(() => told.push("restart"));
    await peer.kill();
    await sendForNobody(association, "lost with the peer");
    const again = await openPeer(context, peer.options);
    await again.connect(toUs);
    await Promise.all([restarted, again.up()]);
    same("what we were told", told, ["ERR_SCTP_RESTARTED lost with the peer", "restart"]);
    for (const text of ["after", "and once more"]) await echoOnce(association, text);
    return "";
  },
};

/** Sends while the peer is away. Resolves when it has left: the peer that comes back would answer it with an ABORT. */
async function sendForNobody(association: Association, text: string): Promise<void> {
  const { packetsSent } = association.statistics;
  await association.send(text);
  await until(() => association.statistics.packetsSent > packetsSent);
}

/** The other way: the library sees us restart. */
export const restartOfUsScenario: Scenario = {
  name: "restart-of-us",
  title: "we are killed and start again",
  limit: LIMIT,
  async run(context) {
    const stage = await openStage(context, { peer: { mode: "echo" } });
    const { association, peer, ours } = stage;
    await echoOnce(association, "before");
    // As good as dead: nobody hears of the ABORT.
    ours.transport.unplug();
    association.abort();
    await ours.endpoint?.close();
    await ours.transport.closed;
    const again = await openOurSide(context, stage.options, {
      listening: ours.endpoint !== undefined,
      udpPort: ours.transport.port,
    });
    const revived =
      again.endpoint === undefined
        ? await connectFrom(context, stage, again.transport)
        : keepAssociation(context, await again.endpoint.connect(stage.toPeer));
    await peer.next("assoc", { state: "RESTART" });
    check(
      !peer.events.some((event) => event.event === "assoc" && event.state === "COMM_LOST"),
      () => "the peer lost us first",
    );
    for (const text of ["after", "and once more"]) await echoOnce(revived, text);
    return "";
  },
};
