import { STATES } from "../../support/reach-state.ts";
import type { Input } from "../input.ts";
import { PACKET_STEP_KINDS, playPackets } from "../packets.ts";
import { packetSeeds } from "../seeds.ts";
import type { Target } from "../target.ts";

/** An association in each state, with extensions on and off as the input says. */
export const associations: readonly Target[] = STATES.map((state) => ({
  name: state,
  summary: `packets to an association in ${state.toUpperCase()}, and calls of its user`,
  kinds: PACKET_STEP_KINDS,
  get dictionary() {
    return packetSeeds(state).dictionary;
  },
  seeds: () => packetSeeds(state).inputs,
  run: (input: Input) => playPackets(input, state),
}));
