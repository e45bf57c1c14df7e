import { PACKET_STEP_KINDS, playPackets } from "../packets.ts";
import { packetSeeds, rawPackets } from "../seeds.ts";
import type { Target } from "../target.ts";

/** A listening port that knows nobody. */
export const noAssociation: Target = {
  name: "no-association",
  summary: "packets to a port that listens and has no association with the sender",
  kinds: PACKET_STEP_KINDS,
  get dictionary() {
    return packetSeeds(undefined).dictionary;
  },
  seeds: () => [...packetSeeds(undefined).inputs, ...rawPackets()],
  run: (input) => playPackets(input, undefined),
};
