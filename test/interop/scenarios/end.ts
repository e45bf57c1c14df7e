import type { Association } from "usctp";
import type { Scenario } from "../matrix.ts";
import { patternBytes } from "../pattern.ts";
import type { Peer } from "../peer.ts";
import { check, ended, same } from "./check.ts";
import { openStage } from "./stage.ts";
import { type Bulk, echoOnce, peerReceivesBulk, receiveBulk, sendBulk } from "./traffic.ts";

const LIMIT = 15_000;

/** Fits either side's send buffer, and is more than the window while nobody reads. */
const backlog: Bulk = { bytes: 1 << 20, size: 16_384, streams: 4 };
const WINDOW = 131_072;

/** RFC 9260 §9.2: what was taken is delivered first, in both directions; then the three chunks go round. */
export const shutdownByUsScenario: Scenario = {
  name: "shutdown-by-us",
  title: "shutdown by us, 1 MiB each way",
  limit: LIMIT,
  async run(context) {
    const { association, peer } = await openStage(context, {
      peer: { mode: "sink" },
      ours: { receiveBuffer: WINDOW, sendBuffer: 2 * backlog.bytes },
    });
    // Nobody reads yet, so that most of it waits in the peer when we close.
    await handToPeer(peer, backlog);
    await sendBulk(association, backlog);
    // A reader first: what nobody wants is dropped when it closes.
    const reading = receiveBulk(association, backlog);
    await Promise.all([
      association.close(),
      reading,
      peerReceivesBulk(peer, backlog, LIMIT),
      peer.next("shutdown"),
      peer.next("assoc", { state: "SHUTDOWN_COMP" }),
    ]);
    same("how it ended", association.closed?.reason, "shutdown");
    return "";
  },
};

export const shutdownByItScenario: Scenario = {
  name: "shutdown-by-it",
  title: "shutdown by the peer, 1 MiB each way",
  limit: LIMIT,
  async run(context) {
    const { association, peer } = await openStage(context, {
      peer: { mode: "sink", receiveBuffer: WINDOW },
      ours: { receiveBuffer: WINDOW, sendBuffer: 2 * backlog.bytes },
    });
    const told = new Promise<void>((resolve) => association.once("shutdown", resolve));
    const end = ended(association);
    await peer.pause();
    await sendBulk(association, backlog);
    await handToPeer(peer, backlog);
    await peer.shutdown();
    await Promise.all([
      peerReceivesBulk(peer, backlog, LIMIT),
      peer.resume(),
      receiveBulk(association, backlog),
      told,
    ]);
    same("how it ended", (await end).reason, "shutdown");
    await peer.next("assoc", { state: "SHUTDOWN_COMP" });
    await refuses(association);
    return "";
  },
};

/** The same with nothing on the way, which is all that some stacks are up to. */
export const closeByUsScenario: Scenario = {
  name: "close-by-us",
  title: "shutdown by us, nothing on the way",
  limit: LIMIT,
  async run(context) {
    const { association, peer } = await openStage(context, { peer: { mode: "echo" } });
    await echoOnce(association, "before");
    await association.close();
    same("how it ended", association.closed?.reason, "shutdown");
    if (context.stack.traits.tellsShutdown) await peer.next("assoc", { state: "SHUTDOWN_COMP" });
    await refuses(association);
    return "";
  },
};

export const closeByItScenario: Scenario = {
  name: "close-by-it",
  title: "shutdown by the peer, nothing on the way",
  limit: LIMIT,
  async run(context) {
    const { association, peer } = await openStage(context, { peer: { mode: "echo" } });
    await echoOnce(association, "before");
    const end = ended(association);
    await peer.shutdown();
    same("how it ended", (await end).reason, "shutdown");
    await peer.next("assoc", { state: "SHUTDOWN_COMP" });
    await refuses(association);
    return "";
  },
};

export const abortByUsScenario: Scenario = {
  name: "abort-by-us",
  title: "abort by us, with a reason",
  limit: LIMIT,
  async run(context) {
    const { association, peer } = await openStage(context, { peer: { mode: "echo" } });
    await echoOnce(association, "before");
    const end = ended(association);
    association.abort("enough");
    same("how it ended", (await end).reason, "aborted");
    const { info } = await peer.next("assoc", { state: "COMM_LOST" });
    if (context.stack.traits.abortReason) {
      // The ABORT as it came: headers of chunk and cause, eight bytes, and the reason.
      same("the cause", info.slice(8, 12), "000c");
      same("the reason", Buffer.from(info, "hex").subarray(8).toString(), "enough");
    }
    await refuses(association);
    return "";
  },
};

export const abortByItScenario: Scenario = {
  name: "abort-by-it",
  title: "abort by the peer, with a reason",
  limit: LIMIT,
  async run(context) {
    const { association, peer } = await openStage(context, { peer: { mode: "echo" } });
    await echoOnce(association, "before");
    const end = ended(association);
    await peer.abort({ reason: "enough" });
    const { reason, causes, error } = await end;
    same("how it ended", [reason, error?.code], ["peer-aborted", "ERR_SCTP_ABORTED"]);
    if (context.stack.traits.abortReason) {
      const [cause] = causes;
      check(cause?.type === "USER-ABORT", () => `the cause is ${cause?.type}`);
      same("the reason", Buffer.from(cause.reason).toString(), "enough");
    }
    await refuses(association);
    return "";
  },
};

/** Gives the peer's library a bulk to send, all of it. */
async function handToPeer(peer: Peer, bulk: Bulk): Promise<void> {
  const sent: number[] = new Array(bulk.streams).fill(0);
  for (let done = 0, index = 0; done < bulk.bytes; index++) {
    const stream = index % bulk.streams;
    const length = Math.min(bulk.size, bulk.bytes - done);
    await peer.send({ length, offset: sent[stream] ?? 0, stream });
    sent[stream] = (sent[stream] ?? 0) + length;
    done += length;
  }
}

/** Nothing can be sent over an association that is over. */
async function refuses(association: Association): Promise<void> {
  const outcome = await association.send(patternBytes(1)).then(
    () => "taken",
    (error: { readonly code?: string }) => error.code,
  );
  check(outcome !== "taken", () => "a message was taken after the end");
}
