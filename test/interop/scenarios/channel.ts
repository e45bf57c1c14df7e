import type { Association } from "usctp";
import type { Scenario } from "../matrix.ts";
import { noComplaints, same, until } from "./check.ts";
import { itIsTold, resetsHere, sequence, sequenceNumbers } from "./reset.ts";
import { type OpenStage, openStage, type StageOptions } from "./stage.ts";
import { echoOnce } from "./traffic.ts";

const LIMIT = 15_000;

const CLOSED: readonly number[] = [1, 2];
const OPEN = 3;

async function echoOnAll(association: Association, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const stream of [...CLOSED, OPEN]) await echoOnce(association, `round ${round}`, stream);
  }
}

const options = (allow: boolean): StageOptions => ({
  peer: { mode: "echo" },
  ...(allow && {
    async prepare(peer) {
      await peer.command("reset-allow", { flags: 1 });
    },
  }),
});

/** Both directions of two streams are reset, one after the other, and used again. */
async function closeAndUseAgain(stage: OpenStage, close: (told: string[]) => Promise<void>): Promise<void> {
  const { association, peer } = stage;
  const told = resetsHere(association);
  await echoOnAll(association, 3);
  await close(told);
  await until(() => CLOSED.every((stream) => told.includes(`incoming ${stream}`)));
  same("resets here", told.toSorted(), ["incoming 1", "incoming 2", "outgoing 1", "outgoing 2"]);
  await echoOnAll(association, 2);
  for (const direction of ["in", "out"] as const) {
    for (const stream of CLOSED) {
      same(`sequence numbers of ${stream}`, sequenceNumbers(stage, direction, stream), sequence(3, 2));
    }
    same("sequence numbers of the other", sequenceNumbers(stage, direction, OPEN), sequence(5));
  }
  await noComplaints(peer);
}

/** RFC 8831 §6.7: who sees a stream reset resets it in the other direction; data channels are closed so. */
export const channelByUsScenario: Scenario = {
  name: "channel-by-us",
  title: "RE-CONFIG: channels close, by us",
  limit: LIMIT,
  async run(context) {
    const { resetsInTurn } = context.stack.traits;
    const stage = await openStage(context, options(!resetsInTurn));
    const { association, peer } = stage;
    await closeAndUseAgain(stage, async () => {
      same("the answer", await association.resetStreams({ outgoing: CLOSED }), { outgoing: "performed" });
      if (resetsInTurn) return;
      await itIsTold(peer, "incoming", CLOSED);
      await peer.command("reset-streams", { outgoing: true, streams: CLOSED.join(",") });
      await itIsTold(peer, "outgoing", CLOSED);
    });
    return "";
  },
};

export const channelByItScenario: Scenario = {
  name: "channel-by-it",
  title: "RE-CONFIG: channels close, by it",
  limit: LIMIT,
  async run(context) {
    const { resetsInTurn } = context.stack.traits;
    const stage = await openStage(context, options(!resetsInTurn));
    const { association, peer } = stage;
    await closeAndUseAgain(stage, async (told) => {
      await peer.command("reset-streams", { outgoing: true, streams: CLOSED.join(",") });
      await until(() => CLOSED.every((stream) => told.includes(`incoming ${stream}`)));
      same("the answer", await association.resetStreams({ outgoing: CLOSED }), { outgoing: "performed" });
      if (!resetsInTurn) await itIsTold(peer, "outgoing", CLOSED);
    });
    return "";
  },
};
