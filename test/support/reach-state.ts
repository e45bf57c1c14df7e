import type { Script } from "./ladder-test.ts";

/** The states of RFC 9260 §4 in which there is a TCB, in the order of a life. */
export const STATES = [
  "cookie-wait",
  "cookie-echoed",
  "established",
  "shutdown-pending",
  "shutdown-sent",
  "shutdown-received",
  "shutdown-ack-sent",
] as const;

export type ReachableState = (typeof STATES)[number];

/** A connects, and comes into the state by what the peer sends, or does not send. What it has sent is forgotten. */
export function reachState({ a, peer, network }: Script, state: ReachableState): void {
  a.connect([peer.socket.address]);
  if (state === "cookie-wait") {
    const init = peer.await("INIT");
    peer.peerTag = init.initiateTag;
    peer.peerInitialTsn = init.initialTsn;
  } else if (state === "cookie-echoed") {
    peer.answerInit();
    peer.await("COOKIE-ECHO");
  } else {
    peer.accept();
  }
  const shutdown = { type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn } as const;
  switch (state) {
    case "shutdown-pending":
      // The message that is not acknowledged keeps it there.
      a.send(10);
      a.shutdown();
      break;
    case "shutdown-sent":
      a.shutdown();
      break;
    case "shutdown-received":
      a.send(10);
      peer.await("DATA");
      peer.send(shutdown);
      break;
    case "shutdown-ack-sent":
      peer.send(shutdown);
      break;
    default:
      break;
  }
  network.run(25);
  peer.clear();
  if (a.association.state !== state) throw new Error(`A is in ${a.association.state}, not in ${state}`);
}
