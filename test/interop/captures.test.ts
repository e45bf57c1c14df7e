import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { requirePeer } from "../support/peers.ts";
import { hasTshark, readWithTshark, tsharkInstallHint } from "../support/tshark.ts";
import { openers, runCell } from "./matrix.ts";
import { authScenario } from "./scenarios/auth.ts";
import { usrsctp } from "./usrsctp/stack.ts";

const AUTH = 15;

const available = usrsctp.prepare().available && hasTshark();
const where = requirePeer("usrsctp and tshark", available, `${usrsctp.hint}; ${tsharkInstallHint}`);

where.each(openers)("captures of authenticated chunks, %s", (opener) => {
  test("are read by tshark without fault, and have AUTH both ways", { timeout: 60_000 }, async () => {
    const captures = mkdtempSync(join(tmpdir(), "usctp-interop-captures-"));
    try {
      const { outcome, failures } = await runCell(authScenario, { stack: usrsctp, opener }, { captures });
      expect(failures).toEqual([]);
      expect(outcome).toBe("passed");
      const [file = "", ...others] = readdirSync(captures);
      expect(others).toEqual([]);
      const { faults, chunkTypes, datagrams } = await readWithTshark(join(captures, file));
      expect(faults).toEqual([]);
      for (const direction of ["in", "out"]) {
        const signed = chunkTypes.filter(
          (types, index) => datagrams[index]?.direction === direction && types.includes(AUTH),
        );
        expect(signed.length).toBeGreaterThan(100);
      }
    } finally {
      rmSync(captures, { recursive: true });
    }
  });
});
