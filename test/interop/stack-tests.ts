import { expect, test } from "vitest";
import { requirePeer } from "../support/peers.ts";
import { openers, runCell } from "./matrix.ts";
import { scenarios } from "./scenarios/index.ts";
import { type Stack, whyNot } from "./stack.ts";

/** A test for every cell of a stack's columns; what it cannot is left to the matrix, which says why. */
export function testStack(stack: Stack): void {
  const where = requirePeer(stack.name, stack.prepare().available, stack.hint);

  test(`what ${stack.name} cannot is told of scenarios that there are`, () => {
    const known = scenarios.map(({ name }) => name);
    expect(Object.keys(stack.cannot).filter((name) => !known.includes(name))).toEqual([]);
  });

  where.each(openers)(`with ${stack.name}, %s`, (opener) => {
    for (const scenario of scenarios) {
      if (whyNot(stack, scenario.name, opener) !== undefined) continue;
      // Two attempts, each with its own limit and its cleaning up.
      const timeout = 2 * (scenario.limit + 12_000);
      test(scenario.title, { timeout }, async () => {
        const { outcome, failures } = await runCell(scenario, { stack, opener });
        if (outcome !== "passed") expect(failures).toEqual([]);
        // A cell that needed its second attempt is green, but not in silence.
        for (const failure of failures)
          process.stderr.write(`${stack.name}, ${scenario.title}, ${opener}, retried: ${failure}\n`);
        expect(outcome).toBe("passed");
      });
    }
  });
}
