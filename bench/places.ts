import { hasNamespaces, NamespacePair } from "../test/driver/netns.ts";
import { loopback, type Place } from "./contestants/contestant.ts";
import type { Context } from "./measurement.ts";

/** Runs something with the places that there are: loopback, and where root allows two machines with a cable. */
export async function withPlaces<T>(
  context: Context,
  names: readonly string[],
  run: (places: readonly Place[]) => Promise<T>,
): Promise<T> {
  const near = names.includes("loopback") ? [loopback] : [];
  if (!names.includes("veth")) return run(near);
  if (!hasNamespaces()) {
    const why = "network namespaces need root on Linux, and `ip`; to install it: apt-get install -y iproute2";
    context.lacks({ name: "veth", label: "A veth pair between two network namespaces", why });
    return run(near);
  }
  const pair = new NamespacePair();
  try {
    pair.assign(pair.a, "10.9.0.1/24");
    pair.assign(pair.b, "10.9.0.2/24");
    const veth: Place = {
      name: "veth",
      sender: { addresses: ["10.9.0.1"], namespace: pair.a },
      receiver: { addresses: ["10.9.0.2"], namespace: pair.b },
    };
    return await run([...near, veth]);
  } finally {
    pair.remove();
  }
}
