import { expect } from "vitest";
import type { AssociationConfig } from "../../src/association/config.ts";
import { ladderTest } from "../support/ladder-test.ts";

/** Who has an extension off neither offers it nor keeps anything for it, whatever the peer offers. */

const off: Partial<AssociationConfig> = {
  reconfiguration: false,
  partialReliability: false,
  interleaving: false,
  addressReconfiguration: false,
  authentication: undefined,
  adaptation: undefined,
};

const offered: Partial<AssociationConfig> = {
  reconfiguration: true,
  partialReliability: true,
  addressReconfiguration: true,
  adaptation: 1,
};

for (const who of ["A", "Z"] as const) {
  const [configA, configZ] = who === "A" ? [off, offered] : [offered, off];
  ladderTest(
    `${who} has all off, its peer offers all: nothing is told, nothing agreed on, and messages go`,
    { configA, configZ },
    (pair) => {
      pair.connect();
      const [here, there] = who === "A" ? [pair.a, pair.z] : [pair.z, pair.a];
      const told = here.sent(who === "A" ? "INIT" : "INIT-ACK").flatMap(({ parameters }) => parameters);
      // RFC 9260 §3.2.2: the parameter of RFC 3758 is one to report.
      const answer = ["STATE-COOKIE", "UNRECOGNIZED-PARAMETER"];
      expect(told.filter(({ type }) => !answer.includes(type))).toEqual([]);
      expect(there.sent(who === "A" ? "INIT-ACK" : "INIT").length).toBe(1);
      for (const { association } of [here, there]) {
        expect(association.canReconfigure).toBe(false);
        expect(association.isPartiallyReliable).toBe(false);
        expect(association.reconfiguresAddresses).toBe(false);
        expect(association.authenticates).toBe(false);
        expect(association.interleaves).toBe(false);
      }
      here.send(5);
      there.send(5);
      pair.network.run(1_000);
      expect([here.deliveries.length, there.deliveries.length]).toEqual([1, 1]);
      // What it kept would be asked for, or sent.
      expect(here.association.localAuthChunks).toEqual([]);
      for (const type of ["AUTH", "ASCONF", "RE-CONFIG", "FORWARD-TSN"] as const) {
        expect(here.sent(type)).toEqual([]);
      }
    },
  );
}
