import { describe, expect, test } from "vitest";
import { Ladder } from "./ladder.ts";
import { asAddress, Network } from "./network.ts";
import { perform, type Scenario } from "./scenarios/scenario.ts";

/** Ten datagrams, one a second from 1,000 ms on. */
const ten: Scenario = {
  name: "ten",
  summary: "",
  play(network) {
    const socket = network.socket("10.0.0.1");
    for (let second = 1; second <= 10; second++) {
      network.at(1_000 * second, () => socket.send(Uint8Array.of(second), asAddress("10.0.0.2")));
    }
    network.run(20_000);
    return { faults: [], facts: {} };
  },
};

function timesIn(ladder: Ladder): string[] {
  return ladder
    .toString()
    .split("\n")
    .map((line) => /^ +(\d+)\.000/.exec(line)?.[1] ?? line);
}

describe("a ladder", () => {
  test("has the latest packets, as many as asked for", () => {
    const network = new Network({ seed: 1 });
    const ladder = new Ladder(network, { keep: 3 });
    ten.play(network);
    expect(timesIn(ladder)).toEqual(["… 7 datagrams before", "8000", "9000", "10000"]);
  });

  test("ends when it is to, and counts the rest", () => {
    const network = new Network({ seed: 1 });
    const ladder = new Ladder(network, { keep: 2, until: 4_000 });
    ten.play(network);
    expect(timesIn(ladder)).toEqual(["… 2 datagrams before", "3000", "4000", "… 6 datagrams after"]);
  });

  test("of a scenario ends at its first fault", () => {
    const faulty: Scenario = { ...ten, play: (network) => ({ ...ten.play(network), faultAt: 5_500 }) };
    const { ladder } = perform(faulty, 1, 1);
    expect(timesIn(ladder)).toEqual(["… 4 datagrams before", "5000", "… 5 datagrams after"]);
  });
});
