import type { Scenario } from "../matrix.ts";
import { check, same } from "./check.ts";
import { keepAssociation, setStage } from "./stage.ts";
import { echoOnce } from "./traffic.ts";

/** ms; longer than the second takes to begin, shorter than the first INIT needs. */
const DELAY = 40;

/** RFC 9260 §5.2.1 and §5.2.4 action B: both sides connect, their INITs cross, and one association comes of it. */
export const collisionScenario: Scenario = {
  name: "collision",
  title: "both connect at once (the named first)",
  limit: 15_000,
  async run(context) {
    const { peer, ours, relay, toPeer, toUs } = await setStage(
      context,
      { relay: { delay: DELAY }, peer: { mode: "echo" } },
      true,
    );
    const { endpoint } = ours;
    check(endpoint !== undefined && relay !== undefined, () => "no endpoint, or no relay");
    let inits = 0;
    relay.filter = (datagram) => {
      if (datagram[12] === 1) inits++;
      return true;
    };
    if (context.opener === "it connects") await peer.connect(toUs);
    const connecting = endpoint.connect(toPeer);
    if (context.opener === "we connect") await peer.connect(toUs);
    const association = keepAssociation(context, await connecting);
    await peer.up();
    check(inits === 2, () => `${inits} INITs, so they did not cross`);
    await echoOnce(association, "once");
    same("our associations", endpoint.associations.length, 1);
    same("the state", association.state, "established");
    const states = peer.events.flatMap((event) => (event.event === "assoc" ? [event.state] : []));
    same("what the peer saw", states, ["COMM_UP"]);
    return "";
  },
};
