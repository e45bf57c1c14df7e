import { hasNamespaces } from "../driver/netns.ts";
import { requirePeer } from "./peers.ts";

/** `describe`, of what needs network namespaces. */
export const describeNamespaces: ReturnType<typeof requirePeer> = requirePeer(
  "network namespaces",
  hasNamespaces(),
  "run as root on Linux, with `ip` (apt-get install iproute2)",
);
