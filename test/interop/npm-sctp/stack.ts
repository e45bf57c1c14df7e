import { npmHint, prepareNodeProgram } from "../node-peer/prepare.ts";
import type { PeerProgram } from "../program.ts";
import type { Stack } from "../stack.ts";

const onePath = "over UDP it knows one address of each side";

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
  lossy: 64 << 10,
  largest: 262_144,
  traits: { counts: false, tellsOrder: false, abortReason: true, tellsShutdown: true },
  cannot: {
    "failover-out": onePath,
    "failover-in": onePath,
    families: onePath,
  },
};
