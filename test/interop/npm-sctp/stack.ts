import { npmHint, prepareNodeProgram } from "../node-peer/prepare.ts";
import type { PeerProgram } from "../program.ts";
import { noAuth, noInterleaving, noReconfig, type Stack } from "../stack.ts";

const onePath = "over UDP it knows one address of each side";

const countsUnordered =
  "a fault: an unordered message uses up a stream sequence number, so that ordered ones behind it are held for ever";
const countsTwice =
  "a fault: what it sends again counts as outstanding twice, and in the end it waits for ever for room to send";
const neverAcks = "a fault: a SHUTDOWN that finds data outstanding is never answered with SHUTDOWN ACK";
const shutsAtOnce =
  "a fault: it sends SHUTDOWN before its data are acknowledged, and throws at data that come then";
const noRestart = "over UDP it ignores the INIT of a restart, as its manual says";
const fixedPort = "it goes on sending where it was told to at first, wherever packets come from";

/** RFC 3758. */
const noPartial = "it has no partial reliability";

/** RFC 5061. */
const noAsconf = "it has no dynamic address reconfiguration";

const noStreamReset = "it has no stream reconfiguration (RFC 6525)";

/** The npm package `sctp`, plain JavaScript. */
export const npmSctp: Stack = {
  name: "npm-sctp",
  hint: npmHint,
  prepare(): PeerProgram {
    const program = new URL("peer.ts", import.meta.url);
    return prepareNodeProgram({ name: "npm-sctp", library: "sctp", program });
  },
  ports: { ours: 5_001, peer: 5_002 },
  bulk: 1 << 20,
  lossy: 160 << 10,
  largest: 262_144,
  traits: {
    counts: false,
    tellsOrder: false,
    abortReason: true,
    tellsShutdown: true,
    tellsFailures: false,
    resetsInTurn: false,
    settings: false,
  },
  cannot: {
    ...noAuth,
    ...noReconfig(noStreamReset),
    "channel-by-us": noStreamReset,
    "channel-by-it": noStreamReset,
    ...noInterleaving,
    "abandon-out": noPartial,
    "abandon-in": noPartial,
    "failover-out": onePath,
    "failover-in": onePath,
    families: onePath,
    "addresses-of-us": noAsconf,
    "addresses-of-it": noAsconf,
    echo: countsUnordered,
    lossy: countsTwice,
    "shutdown-by-us": neverAcks,
    "shutdown-by-it": shutsAtOnce,
    "restart-of-us": noRestart,
    "it-learns-port": fixedPort,
  },
};
