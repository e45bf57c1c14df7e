import { type Environment, portableEnvironment } from "usctp/core";
import type { Random } from "./random.ts";

/** What a stack in a simulation takes for chance. Its HMAC is a real one, its bytes come from the seed. */
export function seededEnvironment(random: Random): Environment {
  return portableEnvironment((count) => random.bytes(count));
}
