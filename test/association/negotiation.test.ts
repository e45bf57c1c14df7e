import { expect, test } from "vitest";
import {
  chunksOf,
  extensionOfChunk,
  extensionOfParameter,
  noExtensions,
} from "../../src/association/extension/extensions.ts";
import type { IpAddress } from "../../src/base/address.ts";
import { type Parameter, parameterTypeCode } from "../../src/packet/parameters/parameter.ts";
import { ChunkType, chunkAction, ParameterType, parameterAction } from "../../src/packet/registry.ts";
import { rawChunks } from "../support/authentication.ts";
import { ladderTest, type Pair, pattern, type Side, scriptedTest } from "../support/ladder-test.ts";
import {
  ALL,
  agreed,
  type Chosen,
  COMBINATIONS,
  choose,
  configOf,
  listedChunks,
  NONE,
  nameOf,
  offeredParameters,
  SWITCHABLE,
  type Switchable,
  TABLE,
  without,
} from "../support/negotiation.ts";
import { type ScriptedPeer, unknownChunk } from "../support/scripted-peer.ts";

/** RFC 5061 §4.2.7, and each extension's own words: with a peer that has it or not, whichever else is there. */

test("every extension is in the table, but padding, which is for everybody", () => {
  expect([...SWITCHABLE, "padding"].sort()).toEqual(Object.keys(noExtensions).sort());
});

const GUARDED = { errorDetection: "dtls" } as const;
const sorted = (types: readonly number[]): number[] => [...types].sort((one, other) => one - other);

/** The parameters that have nothing to do with extensions. */
const OTHERS: ReadonlySet<number> = new Set([
  ParameterType.STATE_COOKIE,
  ParameterType.SUPPORTED_ADDRESS_TYPES,
  ParameterType.IPV4_ADDRESS,
  ParameterType.IPV6_ADDRESS,
]);

/** The offer is what is on, nothing twice, and nothing else but what the peer is told of its own. */
function expectOffer(
  parameters: readonly Parameter[] | undefined,
  ours: Chosen,
  unrecognized: number[],
): void {
  const types = (parameters ?? []).map(parameterTypeCode).filter((type) => !OTHERS.has(type));
  const reports = unrecognized.map(() => ParameterType.UNRECOGNIZED_PARAMETER);
  expect(sorted(types)).toEqual(sorted([...offeredParameters(ours), ...reports]));
  const lists = (parameters ?? []).flatMap((it) =>
    it.type === "SUPPORTED-EXTENSIONS" ? [it.chunkTypes] : [],
  );
  expect(lists.map(sorted)).toEqual(listedChunks(ours).length > 0 ? [sorted(listedChunks(ours))] : []);
}

/** Types of the parameters of an INIT that its receiver does not know and reports (RFC 9260 §3.2.1). */
function reportedOf(theirs: Chosen, ours: Chosen): number[] {
  return offeredParameters(theirs).filter((type) => {
    const extension = extensionOfParameter(type) as Switchable | undefined;
    const isKnown = extension === undefined || extension === "adaptation" || ours.has(extension);
    return !isKnown && parameterAction(type).report;
  });
}

/** No chunk of what was not agreed has been sent. */
function expectChunks(side: Side, both: Chosen): void {
  const types = new Set(side.packets.flatMap(({ bytes }) => rawChunks(bytes).map(({ type }) => type)));
  const strangers = [...types].filter((type) => {
    const extension = extensionOfChunk(type) as Switchable | undefined;
    return extension !== undefined && !both.has(extension);
  });
  expect(strangers).toEqual([]);
  expect(types.has(ChunkType.I_DATA)).toBe(both.has("interleaving"));
  expect(types.has(ChunkType.DATA)).toBe(!both.has("interleaving"));
  expect(types.has(ChunkType.AUTH)).toBe(both.has("authentication"));
}

const retransmissions = (value: number) => ({ policy: "retransmissions", value }) as const;

/** A connects with these extensions, Z has those; all that either could do is tried. */
function talk({ a, z, connect, lose, network }: Pair, ofA: Chosen, ofZ: Chosen): void {
  connect();
  expect([a.association.state, z.association.state]).toEqual(["established", "established"]);
  expectOffer(a.sent("INIT")[0]?.parameters, ofA, []);
  expectOffer(z.sent("INIT-ACK")[0]?.parameters, ofZ, reportedOf(ofA, ofZ));
  for (const side of [a, z]) {
    side.send(pattern(3_000), { stream: 1, ppid: 7 });
    side.send(pattern(100), { stream: 2, unordered: true, lifetime: 10_000 });
    side.send(pattern(2_000), { stream: 3, reliability: retransmissions(1) });
  }
  network.run(300);
  // Lost where it is given up, and sent again where it is not.
  const both = agreed(ofA, ofZ);
  lose("A", both.has("interleaving") ? "I-DATA" : "DATA");
  a.send(pattern(10), { stream: 1, reliability: retransmissions(0) });
  if (both.has("reconfiguration")) z.association.resetStreams(z.host.now, { outgoing: [1] });
  else expect(() => z.association.resetStreams(z.host.now, { outgoing: [1] })).toThrow("reconfiguration");
  // Where both authenticate, it is this that they authenticate.
  for (const side of [a, z])
    side.association.requestHeartbeat(side.association.paths[0]?.destination as IpAddress);
  for (const side of [a, z]) side.host.driver.wake();
  network.run(3_000);
  z.send(pattern(20), { stream: 1 });
  a.send(pattern(20), { stream: 1 });
  network.run(300);

  const isGivenUp = both.has("partialReliability");
  const lengths = (side: Side) =>
    side.deliveries.map(({ stream, data }) => `${stream}: ${data.length}`).sort();
  const kinds = ["1: 20", "1: 3000", "2: 100", "3: 2000"];
  expect(lengths(a)).toEqual(kinds);
  expect(lengths(z)).toEqual(isGivenUp ? kinds : ["1: 10", ...kinds]);
  expect(a.events("failed").map(({ failure }) => failure)).toEqual(isGivenUp ? ["abandoned"] : []);
  for (const [side, ours, theirs] of [
    [a, ofA, ofZ],
    [z, ofZ, ofA],
  ] as const) {
    const has = agreed(ours, theirs);
    expect(SWITCHABLE.filter((it) => TABLE[it].isAgreed(side))).toEqual(
      SWITCHABLE.filter((it) => has.has(it)),
    );
    expectChunks(side, has);
    expect(side.end).toBeUndefined();
  }
}

for (const extension of SWITCHABLE) {
  for (const [here, there] of [
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ] as const) {
    const [ofA, ofZ] = [here, there].map((on) => (on ? choose(extension) : NONE)) as [Chosen, Chosen];
    ladderTest(
      `${extension}: ${here ? "on" : "off"} at who begins, ${there ? "on" : "off"} at who answers`,
      { configA: configOf(ofA), configZ: configOf(ofZ), stack: GUARDED },
      (pair) => talk(pair, ofA, ofZ),
    );
  }
}

for (const [what, other] of [
  ["all", ALL],
  ["none", NONE],
] as const) {
  for (const chosen of COMBINATIONS) {
    const configs = [configOf(chosen), configOf(other)] as const;
    ladderTest(
      `${nameOf(chosen)} begins, and ${what} answers`,
      { configA: configs[0], configZ: configs[1], stack: GUARDED },
      (pair) => talk(pair, chosen, other),
    );
    ladderTest(
      `${what} begins, and ${nameOf(chosen)} answers`,
      { configA: configs[1], configZ: configs[0], stack: GUARDED },
      (pair) => talk(pair, other, chosen),
    );
  }
}

const optionsOf = (chosen: Chosen) => ({ config: configOf(chosen), stack: GUARDED });

/** Chunks of an extension, as such types that RFC 9260 does not know. */
const EXTENSION_CHUNKS = SWITCHABLE.flatMap((extension) =>
  [...new Set([...chunksOf(extension)])].map((typeCode) => ({ extension, typeCode })),
);

for (const { extension, typeCode } of EXTENSION_CHUNKS) {
  const hex = `0x${typeCode.toString(16)}`;
  for (const [what, chosen] of [
    ["off, and all others on", without(extension)],
    ["on, but not at the peer", choose(extension)],
  ] as const) {
    // RFC 8260 §2.2.3, §2.3.1 say otherwise of them.
    if (extension === "interleaving" && chosen.has("interleaving")) continue;
    scriptedTest(`chunk ${hex}: ${extension} is ${what}`, optionsOf(chosen), ({ a, peer }) => {
      peer.associate();
      const { report, stop } = chunkAction(typeCode);
      const chunk = unknownChunk(typeCode, 20);
      peer.send(chunk, { type: "HEARTBEAT", info: Uint8Array.of(1, 2) }, peer.data({ immediate: true }));
      const answers = peer.collect(500);
      expect(answers.flatMap((it) => (it.type === "ERROR" ? it.causes : []))).toEqual(
        report ? [{ type: "UNRECOGNIZED-CHUNK", chunk: chunk.bytes }] : [],
      );
      expect(answers.some(({ type }) => type === "SACK")).toBe(!stop);
      expect(a.deliveries.length).toBe(stop ? 0 : 1);
      expect(a.association.state).toBe("established");
    });
  }
}

scriptedTest("I-DATA where it is on and was not agreed on (RFC 8260 §2.2.3)", optionsOf(ALL), (it) => {
  it.peer.associate();
  it.peer.send(unknownChunk(ChunkType.I_DATA, 24));
  expect(it.peer.await("ABORT").causes).toMatchObject([{ type: "PROTOCOL-VIOLATION" }]);
});

const listing = (...chunkTypes: number[]): Parameter => ({ type: "SUPPORTED-EXTENSIONS", chunkTypes });
const OWN: Readonly<Partial<Record<Switchable, readonly Parameter[]>>> = {
  partialReliability: [{ type: "FORWARD-TSN-SUPPORTED" }],
  authentication: [
    { type: "RANDOM", random: new Uint8Array(32).fill(5) },
    { type: "HMAC-ALGO", identifiers: [1] },
  ],
  zeroChecksum: [{ type: "ZERO-CHECKSUM-ACCEPTABLE", method: 1 }],
  adaptation: [{ type: "ADAPTATION-LAYER-INDICATION", indication: 3 }],
};
const { FORWARD_TSN, RE_CONFIG, I_DATA, I_FORWARD_TSN, AUTH } = ChunkType;
const BY_LIST: readonly Switchable[] = ["partialReliability", "reconfiguration", "interleaving"];
const many = (count: number, ...chunkTypes: number[]) => listing(...new Array(count).fill(chunkTypes).flat());
/** Types that belong to no extension. */
const NOBODYS = Array.from({ length: 256 }, (_, type) => type).filter(
  (it) => extensionOfChunk(it) === undefined,
);

/** What a peer says, by whatever means, and what is agreed by it with who has everything. */
const sayings: readonly (readonly [string, readonly Parameter[], readonly Switchable[]])[] = [
  ["nothing", [], []],
  ["the list alone", [listing(FORWARD_TSN, RE_CONFIG, I_DATA, I_FORWARD_TSN)], BY_LIST],
  ["FORWARD-TSN in the list alone", [listing(FORWARD_TSN)], ["partialReliability"]],
  [
    "I-DATA without I-FORWARD-TSN (RFC 8260 §2.3.1)",
    [{ type: "FORWARD-TSN-SUPPORTED" }, listing(FORWARD_TSN, I_DATA)],
    ["interleaving"],
  ],
  ["I-FORWARD-TSN without I-DATA", [listing(I_FORWARD_TSN)], []],
  ["AUTH in the list alone, which is not enough (RFC 4895 §6.1)", [listing(AUTH)], []],
  ...(Object.entries(OWN) as [Switchable, readonly Parameter[]][]).map(
    ([extension, parameters]) => [`${extension} by its own parameters`, parameters, [extension]] as const,
  ),
  ["all own parameters at once", Object.values(OWN).flat(), Object.keys(OWN) as Switchable[]],
  [
    "own parameters, the other way round",
    Object.values(OWN).flat().reverse(),
    Object.keys(OWN) as Switchable[],
  ],
  ["RANDOM without HMAC-ALGO", (OWN.authentication ?? []).slice(0, 1), []],
  ["another method of error detection", [{ type: "ZERO-CHECKSUM-ACCEPTABLE", method: 2 }], []],
  ["an empty list", [listing()], []],
  ["a list of what nobody knows", [listing(...NOBODYS)], []],
  ["a list with what nobody knows in between", [listing(0x33, RE_CONFIG, 0xff)], ["reconfiguration"]],
  ["each of the list three times", [many(3, RE_CONFIG, I_DATA, I_FORWARD_TSN)], BY_LIST],
  ["two lists", [listing(RE_CONFIG), listing(I_DATA)], ["reconfiguration", "interleaving"]],
  [
    "parameters twice",
    [...(OWN.partialReliability ?? []), ...(OWN.partialReliability ?? [])],
    ["partialReliability"],
  ],
  ["a list of 60,000 bytes", [many(20_000, RE_CONFIG, I_DATA, I_FORWARD_TSN)], BY_LIST],
  [
    "half of ASCONF: the answer to it",
    [listing(ChunkType.ASCONF_ACK), ...(OWN.authentication ?? [])],
    ["authentication"],
  ],
  [
    "the list behind what is skipped",
    [{ type: "UNKNOWN", typeCode: 0xbfff, bytes: Uint8Array.of(0xbf, 0xff, 0, 4) }, listing(RE_CONFIG)],
    ["reconfiguration"],
  ],
  [
    "the list behind what ends the parameters (RFC 9260 §3.2.1)",
    [{ type: "UNKNOWN", typeCode: 0x3fff, bytes: Uint8Array.of(0x3f, 0xff, 0, 4) }, listing(RE_CONFIG)],
    [],
  ],
];

for (const [what, parameters, names] of sayings) {
  const expected = agreed(ALL, new Set(names));
  const expectAgreed = (a: Side, peer: ScriptedPeer): void => {
    // Packets without a checksum are what shows that they may be.
    a.send(10);
    peer.collect(100);
    expect(SWITCHABLE.filter((it) => TABLE[it].isAgreed(a))).toEqual(
      SWITCHABLE.filter((it) => expected.has(it)),
    );
    expect(a.association.state).toBe("established");
  };
  scriptedTest(`an INIT says ${what}`, optionsOf(ALL), ({ a, peer }) => {
    peer.associate({ parameters });
    expectAgreed(a, peer);
  });
  scriptedTest(`an INIT ACK says ${what}`, optionsOf(ALL), ({ a, peer }) => {
    a.connect([peer.socket.address]);
    peer.accept({ parameters });
    expectAgreed(a, peer);
  });
}

// RFC 5061 §6: who has ASCONF and does not authenticate is given no association by who does.
scriptedTest("ASCONF without AUTH, in INIT and in INIT ACK", optionsOf(ALL), ({ a, peer }) => {
  const parameters = [listing(ChunkType.ASCONF, ChunkType.ASCONF_ACK)];
  peer.sendWith({ tag: 0 }, { type: "INIT", ...peer.initBody({ parameters }) });
  peer.expect("ABORT");
  a.connect([peer.socket.address]);
  peer.answerInit({ parameters });
  expect(peer.collect(100)).toEqual([]);
  expect(a.end).toBe("protocol-violation");
});

// RFC 9260 §3.2, §3.3.2: reserved for ECN, which takes bits of IP that Node neither reads nor sets.
scriptedTest("a peer that is capable of ECN is one like any other", optionsOf(ALL), ({ a, peer }) => {
  const capable = { type: "UNKNOWN", typeCode: 0x8000, bytes: Uint8Array.of(0x80, 0, 0, 4) } as const;
  const { initAck, cookie } = peer.init({ parameters: [capable] });
  expect(initAck.parameters.map(parameterTypeCode)).not.toContain(ParameterType.UNRECOGNIZED_PARAMETER);
  expect(initAck.parameters.map(parameterTypeCode)).not.toContain(0x8000);
  peer.send({ type: "COOKIE-ECHO", cookie });
  peer.await("COOKIE-ACK");
  // ECNE, CWR: their bits say to stop there, without a word.
  for (const typeCode of [12, 13]) peer.send(unknownChunk(typeCode), peer.data({ immediate: true }));
  expect(peer.collect(500)).toEqual([]);
  expect([a.association.state, a.deliveries.length]).toEqual(["established", 0]);
});
