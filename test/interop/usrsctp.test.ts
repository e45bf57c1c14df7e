import { expect, test } from "vitest";
import { requirePeer } from "../support/peers.ts";
import { openers, runCell } from "./matrix.ts";
import { preparePeer, usrsctpInstallHint } from "./peer.ts";
import { scenarios } from "./scenarios/index.ts";

const whereUsrsctp = requirePeer("usrsctp", preparePeer().available, usrsctpInstallHint);

whereUsrsctp.each(openers)("with usrsctp, %s", (opener) => {
  for (const scenario of scenarios) {
    // Two attempts, each with its own limit and its cleaning up.
    const timeout = 2 * (scenario.limit + 12_000);
    test(scenario.title, { timeout }, async () => {
      const { passed, failures } = await runCell(scenario, opener);
      if (!passed) expect(failures).toEqual([]);
      // A cell that needed its second attempt is green, but not in silence.
      for (const failure of failures)
        process.stderr.write(`${scenario.title}, ${opener}, retried: ${failure}\n`);
      expect(passed).toBe(true);
    });
  }
});
