import { npmHint, prepareNodeProgram } from "../node-peer/prepare.ts";
import type { PeerProgram } from "../program.ts";
import { noAuth, noInterleaving, noReconfig, type Stack } from "../stack.ts";

const onePath = "it knows one address of each side";

const noShutdown = "it has no shutdown to ask for: `stop` aborts";
const acksAtOnce =
  "a fault: it answers SHUTDOWN with SHUTDOWN ACK whatever it has yet to send (RFC 9260 §9.2)";
const noRestart =
  "as a client it ignores an INIT; as a server it goes on with the stream sequence numbers of before";

/** RFC 3758 §3.6: what is dropped is what was skipped. */
const prunesTooMuch =
  "a fault: FORWARD TSN makes it drop fragments of messages that are not skipped, and were acknowledged";
const neverZero = "a fault: a message that is never to be sent again (0 retransmissions) has no bound at all";
/** RFC 6525. */
const closesChannels = "it has no request but that one stream after the other be reset as channels close";

/** RFC 5061. */
const noAsconf = "it has no dynamic address reconfiguration";

/** The SCTP of a WebRTC stack in TypeScript, which its authors publish by itself too. */
export const werift: Stack = {
  name: "werift",
  hint: npmHint,
  prepare(): PeerProgram {
    const program = new URL("peer.ts", import.meta.url);
    return prepareNodeProgram({ name: "werift", library: "werift-sctp", program });
  },
  ports: { ours: 5_001, peer: 5_002 },
  bulk: 8 << 20,
  lossy: 256 << 10,
  largest: 1 << 20,
  traits: {
    counts: false,
    tellsOrder: false,
    abortReason: false,
    tellsShutdown: false,
    tellsFailures: false,
    resetsInTurn: true,
    settings: false,
  },
  cannot: {
    ...noAuth,
    ...noReconfig(closesChannels),
    ...noInterleaving,
    "abandon-out": prunesTooMuch,
    "abandon-in": neverZero,
    "failover-out": onePath,
    "failover-in": onePath,
    families: onePath,
    "addresses-of-us": noAsconf,
    "addresses-of-it": noAsconf,
    "close-by-it": noShutdown,
    "shutdown-by-us": acksAtOnce,
    "shutdown-by-it": noShutdown,
    "restart-of-us": noRestart,
  },
};
