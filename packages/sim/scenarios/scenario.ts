import { Ladder } from "../ladder.ts";
import { Network } from "../network.ts";

/** What came of a scenario. */
export interface Outcome {
  /** What should have held and did not; empty when all is well. */
  readonly faults: readonly string[];
  /** When the first fault was there, ms; undefined: none was before the end. */
  readonly faultAt?: number | undefined;
  /** Figures for people. */
  readonly facts: Readonly<Record<string, string | number>>;
  /** What happened at all, by name: a survey counts the seeds that met each. */
  readonly met?: readonly string[];
}

/** Something that is played on a network from a seed, and judged by itself. */
export interface Scenario {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** Everything that varies is drawn from the network's seed. */
  play(network: Network): Outcome;
}

export interface Performance extends Outcome {
  readonly ladder: Ladder;
  /** Simulated time at the end, ms. */
  readonly end: number;
}

/** Plays a scenario on a network; what it throws is a fault like any other. */
export function playOn(scenario: Scenario, network: Network): Outcome {
  try {
    return scenario.play(network);
  } catch (error) {
    return { faults: [faultOf(error)], facts: {} };
  }
}

/** What was thrown, as a fault. */
export function faultOf(error: unknown): string {
  return `thrown: ${error instanceof Error ? error.stack : String(error)}`;
}

/**
 * Plays a scenario and keeps the latest `keep` datagrams: at the end, or, by a run of its own, when the first fault was
 * there. The same seed gives the same performance. `watch` is given the network before anything happens on it.
 */
export function perform(
  scenario: Scenario,
  seed: number,
  keep: number = Number.POSITIVE_INFINITY,
  watch: (network: Network) => void = () => {},
): Performance {
  const once = (until?: number): Performance => {
    const network = new Network({ seed });
    watch(network);
    const ladder = new Ladder(network, { keep, ...(until === undefined ? {} : { until }) });
    const { faults, facts, faultAt } = playOn(scenario, network);
    return { faults, facts, faultAt, ladder, end: network.now };
  };
  const performance = once();
  return performance.faultAt === undefined ? performance : once(performance.faultAt);
}
