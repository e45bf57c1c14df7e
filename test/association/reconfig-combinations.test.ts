import { expect } from "vitest";
import { writeChecksum } from "../../src/base/crc32c.ts";
import type { ReconfigParameter } from "../../src/packet/parameters/reconfig/reconfig-parameter.ts";
import { scriptedTest } from "../support/ladder-test.ts";
import { associate, type Requests, Result, reconfig, requests, response } from "../support/reconfig.ts";

/** RFC 6525 §3.1: which parameters may share a chunk, in either order. */

const kinds = ["OUT", "IN", "TSN", "ADD-OUT", "ADD-IN", "RESP"] as const;
type Kind = (typeof kinds)[number];

/** The ten combinations of §3.1. */
const allowed = [
  "OUT",
  "IN",
  "OUT IN",
  "TSN",
  "ADD-OUT",
  "ADD-IN",
  "ADD-OUT ADD-IN",
  "RESP",
  "RESP OUT",
  "RESP RESP",
];

const isAllowed = (names: readonly Kind[]): boolean =>
  allowed.includes(names.join(" ")) || allowed.includes([...names].reverse().join(" "));

const makers: Readonly<Record<Exclude<Kind, "RESP">, (it: Requests, nth: number) => ReconfigParameter>> = {
  OUT: (it, nth) => it.outgoing(nth, [nth]),
  IN: (it, nth) => it.incoming(nth, [nth]),
  TSN: (it, nth) => it.tsns(nth),
  "ADD-OUT": (it, nth) => it.addOutgoing(nth, 1),
  "ADD-IN": (it, nth) => it.addIncoming(nth, 1),
};

const lists: readonly (readonly Kind[])[] = [
  [],
  ...kinds.map((kind) => [kind]),
  ...kinds.flatMap((one) => kinds.map((other) => [one, other])),
  ...kinds.map((kind): Kind[] => ["OUT", "IN", kind]),
  ...kinds.map((kind): Kind[] => ["RESP", "RESP", kind]),
];

for (const names of lists) {
  const what = names.length === 0 ? "nothing" : names.join(" and ");
  scriptedTest(`${what}: ${isAllowed(names) ? "taken" : "a violation"}`, {}, ({ a, peer }) => {
    associate(peer);
    let next = 0;
    const parameters = names.map((name) => {
      if (name === "RESP") return response(peer, 0, Result.PERFORMED);
      next += 1;
      return makers[name](requests(peer), next - 1);
    });
    peer.send(reconfig(...parameters));
    const chunks = peer.collect(200);
    const causes = chunks.flatMap((chunk) => (chunk.type === "ERROR" ? chunk.causes : []));
    const answered = chunks.flatMap((chunk) => (chunk.type === "RE-CONFIG" ? chunk.parameters : []));
    const responses = answered.filter(({ type }) => type === "RE-CONFIG-RESPONSE");
    expect(a.association.state).toBe("established");
    if (isAllowed(names)) {
      expect(causes).toEqual([]);
      expect(responses.length).toBe(next);
      // §5.2.1: all that is returned is in one chunk.
      expect(chunks.filter((chunk) => chunk.type === "RE-CONFIG" && answersIn(chunk.parameters)).length).toBe(
        next === 0 ? 0 : 1,
      );
      return;
    }
    expect(causes).toMatchObject([{ type: "PROTOCOL-VIOLATION" }]);
    expect(answered).toEqual([]);
    expect([a.association.inboundStreams, a.association.outboundStreams]).toEqual([10, 10]);
    // No number was used up.
    peer.send(reconfig(requests(peer).outgoing(0, [])));
    expect(peer.await("RE-CONFIG").parameters).toMatchObject([{ result: Result.PERFORMED }]);
  });
}

function answersIn(parameters: readonly ReconfigParameter[]): boolean {
  return parameters.some(({ type }) => type === "RE-CONFIG-RESPONSE");
}

/** §4.1 to §4.6: "This parameter MUST NOT appear in any other chunk type." */
for (const [code, name] of [
  [13, "Outgoing SSN Reset Request"],
  [14, "Incoming SSN Reset Request"],
  [15, "SSN/TSN Reset Request"],
  [16, "Re-configuration Response"],
  [17, "Add Outgoing Streams Request"],
  [18, "Add Incoming Streams Request"],
] as const) {
  scriptedTest(`${name} in an INIT is not recognized, and ends its list`, {}, ({ a, peer }) => {
    const length = code === 16 ? 12 : 8;
    const bytes = new Uint8Array(length);
    bytes.set([0, code, 0, length]);
    const listed = { type: "SUPPORTED-EXTENSIONS", chunkTypes: [0x82] } as const;
    peer.associate({ parameters: [{ type: "UNKNOWN", typeCode: code, bytes }, listed] });
    // What stands behind it was not read.
    expect(() => a.association.resetStreams(a.host.now, { outgoing: [0] })).toThrow("does not support");
  });
}

/** §4.5, §4.6: "It SHOULD be set to 0 by the sender and ignored by the receiver." */
scriptedTest("what is reserved in a request for streams is ignored", {}, ({ a, peer }) => {
  associate(peer);
  const { addOutgoing, addIncoming } = requests(peer);
  const packet = peer.packet({}, reconfig(addOutgoing(0, 1), addIncoming(1, 1)));
  for (const parameter of [16, 28]) packet.fill(0xff, parameter + 10, parameter + 12);
  writeChecksum(packet, packet.length);
  peer.sendBytes(packet);
  expect(peer.await("RE-CONFIG").parameters).toMatchObject([{ result: 1 }, { result: 1 }]);
  expect(a.association.inboundStreams).toBe(11);
});
