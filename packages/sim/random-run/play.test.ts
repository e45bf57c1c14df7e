import crc32c from "crc-32/crc32c.js";
import { describe, expect, test } from "vitest";
import { Network } from "../network.ts";
import { scenarios } from "../scenarios/index.ts";
import { random } from "../scenarios/random.ts";
import { perform } from "../scenarios/scenario.ts";
import { drawPlan } from "./draw.ts";
import { playInParallel } from "./jobs.ts";
import type { Plan } from "./plan.ts";
import { play, type Verdict } from "./play.ts";
import { kindOf, shrink } from "./shrink.ts";
import { type Run, runSeed, survey } from "./survey.ts";

const HEADERS = 12 + 16;
const DATA = 0;

function playAlone(plan: Plan): Verdict {
  return play(plan, new Network({ seed: plan.seed }));
}

/** Plays a plan on a network that changes the last byte of every long message, and no checksum tells. */
function playTampered(plan: Plan): readonly string[] {
  return play(plan, tamperedWith(new Network({ seed: plan.seed }))).faults;
}

function tamperedWith(network: Network): Network {
  network.filter(({ bytes }) => {
    if (bytes[12] !== DATA || bytes.length < HEADERS + 200) return true;
    bytes[bytes.length - 4]! ^= 1;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    view.setUint32(8, 0);
    view.setInt32(8, crc32c.buf(bytes), true);
    return true;
  });
  return network;
}

describe("a plan", () => {
  test("is drawn from its seed alone", () => {
    for (let seed = 1; seed <= 50; seed++) {
      expect(drawPlan(seed)).toEqual(drawPlan(seed));
      expect(drawPlan(seed)).not.toEqual(drawPlan(seed + 1));
    }
  });

  test("is of every kind, by some seed or other", () => {
    const plans = Array.from({ length: 400 }, (_, seed) => drawPlan(seed));
    const kinds = new Set(plans.flatMap(({ faults }) => faults.map(({ kind }) => kind)));
    expect([...kinds].sort()).toEqual([
      "address",
      "change",
      "cut",
      "deaf",
      "mtu",
      "partition",
      "rebind",
      "restart",
      "stop",
    ]);
    for (const side of ["A", "Z"] as const) {
      for (const extension of ["interleaving", "partialReliability", "reconfiguration"] as const) {
        const settings = new Set(plans.map(({ hosts }) => hosts[side].config[extension]));
        expect([...settings].sort()).toEqual([false, true]);
      }
    }
  });
});

describe("a run", () => {
  test("is the same again for the same seed, byte for byte", () => {
    const hashes = [1, 2, 3, 4, 5, 6].map((seed) => {
      const [once, again] = [playAlone(drawPlan(seed)), playAlone(drawPlan(seed))];
      expect(again).toEqual(once);
      expect(once.packets).toBeGreaterThan(0);
      return once.hash;
    });
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test("is the same whoever looks on", () => {
    const { facts } = perform(random, 2);
    expect(facts["hash of all packets"]).toBe(playAlone(drawPlan(2)).hash.toString(16));
  });

  test("tells when its first fault was there", () => {
    const seed = [...Array(60).keys()].find((it) => playTampered(drawPlan(it)).length > 0)!;
    const network = new Network({ seed });
    let tampered = 0;
    network.filter((datagram) => {
      const isLong = datagram.bytes[12] === DATA && datagram.bytes.length >= HEADERS + 200;
      if (isLong && tampered === 0) tampered = network.now;
      return true;
    });
    const { faultAt } = play(drawPlan(seed), tamperedWith(network));
    expect(tampered).toBeGreaterThan(0);
    expect(faultAt).toBeGreaterThan(tampered);
    expect(faultAt).toBeLessThan(network.now);
    expect(playAlone(drawPlan(2)).faultAt).toBeUndefined();
  });

  test("is counted with what it met", () => {
    const { failed, met, simulated, packets } = survey(random, [1, 2, 3]);
    expect([...failed]).toEqual([]);
    expect(met.get("event established")).toBe(3);
    expect(packets).toBe([1, 2, 3].reduce((sum, seed) => sum + playAlone(drawPlan(seed)).packets, 0));
    expect(simulated).toBeGreaterThan(60_000);
  });
});

test("processes play the same runs, each its part", async () => {
  const runs: Run[] = [];
  await playInParallel({ scenario: "handshake", from: 5, count: 5 }, 2, (run) => void runs.push(run));
  const handshake = scenarios.find(({ name }) => name === "handshake")!;
  const expected = [5, 6, 7, 8, 9].map((seed) => JSON.parse(JSON.stringify(runSeed(handshake, seed))));
  expect(runs.sort((one, other) => one.seed - other.seed)).toEqual(expected);
});

describe("shrinking", () => {
  test("leaves a smaller plan that goes wrong in the same way", () => {
    const plan = [...Array(60).keys()]
      .map(drawPlan)
      .filter(({ faults, requests }) => faults.length > 0 && requests.length > 0)
      .find((it) => playTampered(it)[0]?.includes("is delivered with other bytes"))!;
    const fault = kindOf(playTampered(plan));
    const small = shrink(plan, playTampered, 200);
    expect(kindOf(playTampered(small))).toBe(fault);
    expect(small.faults).toEqual([]);
    expect(small.requests).toEqual([]);
    expect(small.writers).toHaveLength(1);
    expect(JSON.stringify(small).length).toBeLessThan(JSON.stringify(plan).length / 2);
    // Nothing but the tampering was wrong with it.
    expect(playAlone(small).faults).toEqual([]);
  });

  test("leaves a plan alone by which all is well", () => {
    const plan = drawPlan(2);
    expect(shrink(plan)).toBe(plan);
  });

  test("takes what is thrown for a fault, too", () => {
    const plan = drawPlan(2);
    const { A, Z } = plan.hosts;
    const broken: Plan = { ...plan, hosts: { A: { ...A, addresses: ["nowhere"] }, Z } };
    expect(shrink(broken, undefined, 10).hosts.A.addresses).toEqual(["nowhere"]);
    expect(shrink(broken).writers).toEqual([]);
  });

  test("keeps to the fault that it began with, when another would take less", () => {
    const judge = ({ faults, requests }: Plan): string[] => {
      if (faults.length + requests.length === 0) return ["nothing at all happened in 5 s"];
      return faults.some(({ kind }) => kind === "cut") ? [`cut of link ${faults.length}`] : [];
    };
    const plan = [...Array(50).keys()].map(drawPlan).find((it) => judge(it)[0]?.startsWith("cut"));
    const { faults, requests } = shrink(plan!, judge);
    expect([faults.length, faults[0]?.kind, requests.length]).toEqual([1, "cut", 0]);
  });
});
