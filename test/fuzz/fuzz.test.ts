import { Random } from "@usctp/sim";
import { describe, expect, test } from "vitest";
import { Engine, faultOf, MOST_MEMORY, MOST_TIME } from "./engine.ts";
import { type Input, inputBytes, parseInput } from "./input.ts";
import { mutate } from "./mutate.ts";
import { sampleChunks } from "./seeds.ts";
import { Stage } from "./stage.ts";
import type { Target } from "./target.ts";
import { targets } from "./targets/index.ts";

/** A short run with a fixed seed and without coverage; `npm run fuzz` is for longer ones. */
const SEED = 9_260;
const INPUTS = 250;
/** Each with a network of its own, and in turns of the event loop. */
const SOCKET_INPUTS = 60;

describe("hostile input does no harm", () => {
  test.each(targets)(
    "$name: $summary",
    async (target) => {
      const engine = new Engine({ target, random: Random.of(SEED, target.name) });
      await engine.playBatch(target.name === "sockets" ? SOCKET_INPUTS : INPUTS);
      const findings = engine.figures.findings.map(
        ({ text, bytes }) =>
          `${text}\n--target ${target.name} --replay ${Buffer.from(bytes).toString("hex")}`,
      );
      expect(findings).toEqual([]);
    },
    120_000,
  );
});

describe("the fuzzer", () => {
  const head = Uint8Array.of(0, 0);
  const inputs: readonly Input[] = sampleChunks(40).map((body) => ({ head, steps: [{ kind: 0, body }] }));
  const planted = (run: Target["run"]): Target => ({
    name: "planted",
    summary: "",
    kinds: 3,
    dictionary: [0xcafe],
    seeds: () => inputs,
    run,
  });

  test("finds what throws, once for each place, and cuts the input down to what does it", async () => {
    const target = planted(({ steps }) => {
      for (const { kind, body } of steps) {
        if (kind === 2 && body.includes(0xfe)) throw new RangeError(`planted at ${body.indexOf(0xfe)}`);
      }
    });
    const engine = new Engine({ target, random: Random.of(SEED, "planted") });
    await engine.playBatch(2_000);
    const [finding, ...more] = engine.figures.findings;
    expect(more).toEqual([]);
    expect(finding?.key).toContain("planted at N");
    expect(finding?.bytes).toEqual(Uint8Array.of(0, 0, 2, 0, 1, 0xfe));
  });

  test("finds what takes long", async () => {
    const target = planted(() => {
      const begun = process.cpuUsage();
      for (let used = 0; used < (MOST_TIME + 50) * 1_000; ) {
        const { user, system } = process.cpuUsage(begun);
        used = user + system;
      }
    });
    expect(await faultOf(target, inputs[0] as Input)).toMatchObject({ key: "slow" });
  });

  test("finds what takes much memory", async () => {
    const kept: Uint8Array[] = [];
    const target = planted(() => void kept.push(new Uint8Array(2 * MOST_MEMORY)));
    expect(await faultOf(target, inputs[0] as Input)).toMatchObject({ key: "memory" });
  });

  test("finds that the neighbour is no more", () => {
    const stage = new Stage(head, "established");
    stage.check();
    stage.abortNeighbour();
    expect(() => stage.check()).toThrow("the neighbour is closed");
  });

  test("puts right headers and checksums to what it has changed", () => {
    const stage = new Stage(head, "established");
    const before = stage.stack.statistics.dropped;
    for (const body of sampleChunks(20)) stage.packet(body);
    stage.raw(new Uint8Array(40).fill(1));
    expect(stage.stack.statistics.dropped).toMatchObject({ checksum: before.checksum });
  });

  test("makes the same inputs of the same seed, each of which its bytes tell whole", () => {
    const make = (): Input[] => {
      const random = Random.of(SEED, "same");
      const source = { kinds: 12, dictionary: [1, 2, 3] };
      const made = [...inputs];
      for (let i = 0; i < 500; i++) {
        const pick = (): Input => made[random.next() % made.length] as Input;
        made.push(mutate(random, source, pick(), pick()));
      }
      return made;
    };
    const made = make();
    expect(make()).toEqual(made);
    for (const input of made) expect(parseInput(inputBytes(input))).toEqual(input);
  });
});
