import { PACKET_STEP_KINDS, playPackets } from "../packets.ts";
import { cookieInputs, packetSeeds } from "../seeds.ts";
import type { Target } from "../target.ts";

/**
 * What an INIT puts into the cookie, and what is made of that when it comes back: as it was, and with bits
 * that are wrong. A cookie that we did not sign is never read further, so its contents are changed by way
 * of the INIT.
 */
export const cookie: Target = {
  name: "cookie",
  summary: "INITs, and their cookies sent back, whole and damaged",
  kinds: PACKET_STEP_KINDS,
  get dictionary() {
    return packetSeeds(undefined).dictionary;
  },
  seeds: cookieInputs,
  run: (input) => playPackets(input, undefined),
};
