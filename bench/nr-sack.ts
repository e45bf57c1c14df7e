/**
 * What NR-SACK (draft-tuexen-tsvwg-sctp-multipath §5.3) is worth: usrsctp to usrsctp over a relay that loses and
 * reorders, with and without it in turns. The figures are in docs/decisions; `npx tsx bench/nr-sack.ts [ROUNDS]`.
 */
import { freeUdpPort, startPeer } from "../test/interop/peer.ts";
import { type Impairment, openRelay } from "../test/interop/relay.ts";

const address = "127.0.0.1";
const BYTES = 1_500_000;
/** The chunk type of an NR-SACK. */
const NR_SACK = 16;

interface Situation {
  readonly path: string;
  readonly impairment: Impairment;
  /** Bytes. */
  readonly sendBuffer: number;
  readonly unordered: boolean;
}

const lossy: Impairment = { delay: 10, loss: 0.01 };
const reordering: Impairment = { ...lossy, reorder: 0.1, reorderDelay: 30 };

const situations: readonly Situation[] = [
  { path: "1 % loss", impairment: lossy },
  { path: "1 % loss, 10 % late by 30 ms", impairment: reordering },
].flatMap((path) =>
  [32_768, 131_072, 1_048_576].flatMap((sendBuffer) =>
    [true, false].map((unordered) => ({ ...path, sendBuffer, unordered })),
  ),
);

/** Goodput until all is acknowledged, bytes a second, and how many NR-SACKs went. */
async function measure({ impairment, sendBuffer, unordered }: Situation, on: boolean, seed: number) {
  const [farPort, nearPort] = [await freeUdpPort(), await freeUdpPort()];
  const common = {
    localAddresses: [address],
    udpBuffer: 4 << 20,
    sysctl: { nrsack_enable: on ? 1 : 0, rto_min_default: 200 },
  };
  await using far = await startPeer({ ...common, port: 5_001, udpPort: farPort, mode: "sink" });
  await using near = await startPeer({
    ...common,
    port: 5_002,
    udpPort: nearPort,
    listen: false,
    sendBuffer,
  });
  const path = { near: { address, port: nearPort }, far: { address, port: farPort } };
  await using relay = await openRelay({ paths: [path], seed, impairment: { delay: 10 } });
  await near.connect({ addresses: [address], port: 5_001, udpPort: relay.nearPort });
  await near.up();
  await far.up();
  let selective = 0;
  relay.filter = (datagram, direction) => {
    if (direction === "toNear" && datagram[12] === NR_SACK) selective++;
    return true;
  };
  relay.impair(impairment, { direction: "toFar" });
  const { ns } = await near.source({ bytes: BYTES, size: 1_200, streams: 8, unordered });
  return { rate: BYTES / (ns / 1e9), selective };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const rounds = Number(process.argv[2] ?? 9);
for (const situation of situations) {
  const ratios: number[] = [];
  const rates: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const one = { off: 0, on: 0 };
    // In turns, so that what else the machine does falls on both.
    for (const name of round % 2 === 0 ? (["off", "on"] as const) : (["on", "off"] as const)) {
      const { rate, selective } = await measure(situation, name === "on", 100 + 10 * round);
      if (selective > 0 !== (name === "on")) throw new Error(`${selective} NR-SACKs where it was ${name}`);
      one[name] = rate;
      rates[name === "on" ? 1 : 0].push(rate);
    }
    ratios.push(one.on / one.off);
  }
  const { path, sendBuffer, unordered } = situation;
  const [off, on] = rates.map((list) => `${(median(list) / 1_000).toFixed(0)} kB/s`);
  const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  const kind = unordered ? "unordered" : "8 ordered streams";
  console.log(
    `| ${path} | ${sendBuffer / 1_024} KiB | ${kind} | ${off} | ${on} | ${median(ratios).toFixed(2)} (${spread}) |`,
  );
}
