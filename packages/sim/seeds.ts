import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { NetworkTrace } from "@usctp/trace";
import { prepareFolder, reasonOf } from "./capture-folder.ts";
import { Ladder } from "./ladder.ts";
import { Network, type NetworkOptions } from "./network.ts";

/** The environment variable that has `withSeeds` and `withNetworks` play one seed, and no other. */
const VARIABLE = "USCTP_SEED";

/**
 * Runs `body` once for each of `seeds`, integers from 0, or for 1 to that number. An error says by which seed it came, and
 * how that one is run alone: by the environment variable `USCTP_SEED`, which goes before `seeds`. Throws a TypeError
 * where seeds or body are not such. The body must not be async: simulated time does not wait.
 */
export function withSeeds(seeds: number | readonly number[], body: (seed: number) => void): void {
  checkBody("withSeeds", body);
  for (const seed of listOf("withSeeds", seeds)) {
    try {
      checkResult("withSeeds", body(seed));
    } catch (error) {
      throw withNote(error, `(${replayNote(seed)})`);
    }
  }
}

export interface WithNetworksOptions extends Omit<NetworkOptions, "seed"> {
  /** Packets of the ladder of a failure at most, the latest. Default 40. */
  readonly lines?: number;
  /** Folder for the captures of failures, `seed-N.pcapng`. Default: a new one each, among the system's temporary files. */
  readonly captures?: string;
}

/**
 * `withSeeds` with a network of each seed. The error of a body that fails has the ladder of the network's latest packets,
 * too, and names a pcapng file of them all.
 */
export function withNetworks(
  seeds: number | readonly number[],
  body: (network: Network) => void,
  { lines = 40, captures, ...options }: WithNetworksOptions = {},
): void {
  checkBody("withNetworks", body);
  for (const seed of listOf("withNetworks", seeds)) {
    const network = new Network({ ...options, seed });
    const ladder = new Ladder(network, { keep: lines });
    const trace = new NetworkTrace(network);
    try {
      checkResult("withNetworks", body(network));
    } catch (error) {
      const capture = captured(trace, seed, captures);
      throw withNote(error, `(${replayNote(seed)})\nall packets: ${capture}\n${ladder.toString()}`);
    }
  }
}

function replayNote(seed: number): string {
  return `seed ${seed}; ${VARIABLE}=${seed} runs it alone`;
}

/** The file that was written, or why there is none: the failure itself is what must be seen. */
function captured(trace: NetworkTrace, seed: number, captures: string | undefined): string {
  try {
    const hindrance = captures === undefined ? undefined : prepareFolder(captures);
    if (hindrance !== undefined) return `none, ${captures} ${hindrance}`;
    const folder = captures ?? mkdtempSync(join(tmpdir(), "usctp-sim-"));
    const file = resolve(folder, `seed-${seed}.pcapng`);
    trace.save(file);
    return file;
  } catch (error) {
    return `none, ${reasonOf(error)}`;
  }
}

function listOf(caller: string, seeds: number | readonly number[]): readonly number[] {
  const isSeed = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (typeof seeds === "number" ? !isSeed(seeds) || seeds < 1 : !Array.isArray(seeds) || seeds.length === 0) {
    throw new TypeError(
      `${caller} takes how many seeds, an integer from 1, or a list of at least one, not ${said(seeds)}`,
    );
  }
  const list = typeof seeds === "number" ? Array.from({ length: seeds }, (_, index) => index + 1) : seeds;
  const strange = list.findIndex((seed) => !isSeed(seed));
  if (strange >= 0) {
    throw new TypeError(
      `${caller} takes seeds that are integers from 0; number ${strange} of them is ${said(list[strange])}`,
    );
  }
  const only = process.env[VARIABLE];
  if (only === undefined || only === "") return list;
  if (!/^\d+$/.test(only) || !isSeed(Number(only))) {
    throw new TypeError(`${VARIABLE} takes one seed, an integer from 0, not "${only}"`);
  }
  return [Number(only)];
}

function said(value: unknown): string {
  return typeof value === "string" ? `"${value}"` : Array.isArray(value) ? "an empty one" : String(value);
}

function checkBody(caller: string, body: unknown): void {
  if (typeof body !== "function") {
    throw new TypeError(`${caller} takes a function as its second argument, not ${typeof body}`);
  }
}

function checkResult(caller: string, result: unknown): void {
  if (!(result instanceof Promise)) return;
  // What becomes of it is nobody's any more.
  result.catch(() => {});
  throw new TypeError(
    `${caller} takes a function that is not async: it must have run to its end when it returns`,
  );
}

function withNote(error: unknown, note: string): unknown {
  if (!(error instanceof Error)) return new Error(`${String(error)} ${note}`);
  // The same error, so that a test runner still shows its difference and its place; some print the stack alone.
  const { message, stack } = error;
  error.message = `${message} ${note}`;
  if (stack?.includes(message)) error.stack = stack.replace(message, () => error.message);
  return error;
}
