import type { Socket } from "@usctp/sim";
import { describe, expect } from "vitest";
import { type IpAddress, parseAddress } from "../../src/base/address.ts";
import { decodePacket } from "../../src/packet/packet.ts";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";
import { ChunkType } from "../../src/packet/registry.ts";
import { type Script, scriptedTest } from "../support/ladder-test.ts";

/** RFC 5061 §4.2.4: Set Primary Address in INIT and INIT ACK, "an initial preference of primary address". */

const config = { addressReconfiguration: "unauthenticated" } as const;
const FIRST = "10.0.0.2";
const OTHER = "10.1.0.2";

const ip = (text: string): IpAddress => parseAddress(text) as IpAddress;

const supported: Parameter = {
  type: "SUPPORTED-EXTENSIONS",
  chunkTypes: [ChunkType.ASCONF, ChunkType.ASCONF_ACK],
};

/** What a peer of two addresses says that prefers this one. */
function prefers(address: string, extensions: readonly Parameter[] = [supported]): readonly Parameter[] {
  return [
    { type: "IPV4-ADDRESS", address: ip(FIRST) },
    { type: "IPV4-ADDRESS", address: ip(OTHER) },
    ...extensions,
    {
      type: "SET-PRIMARY-ADDRESS",
      correlationId: 7,
      address: { type: "IPV4-ADDRESS", address: ip(address) },
    },
  ];
}

/** The peer's other address. */
function otherAddress({ network }: Script): Socket {
  network.link("10.0.0.1", OTHER, { delay: 10 });
  return network.socket(OTHER);
}

/** Answers the HEARTBEATs to the other address, so that it is confirmed. */
function confirm({ a, peer, network }: Script, other: Socket): void {
  if (!network.runUntil(() => other.received.length > 0, 60_000)) throw new Error("no HEARTBEAT");
  for (const { bytes } of other.received.splice(0)) {
    const heartbeat = decodePacket(bytes)?.chunks.find((chunk) => chunk.type === "HEARTBEAT");
    if (heartbeat?.type !== "HEARTBEAT") continue;
    const answer = peer.packet({}, { type: "HEARTBEAT-ACK", info: heartbeat.info });
    other.send(answer, a.host.addresses[0] as IpAddress, a.host.udpPort);
  }
  network.run(50);
}

const primaryOf = ({ a }: Script): string | undefined =>
  a.association.paths.find(({ primary }) => primary)?.destination;

describe.each(["INIT", "INIT ACK"] as const)("in an %s", (chunk) => {
  const open = (script: Script, parameters: readonly Parameter[]): void => {
    if (chunk === "INIT") {
      script.peer.associate({ parameters });
    } else {
      script.a.connect([script.peer.socket.address]);
      script.peer.accept({ parameters });
    }
  };

  scriptedTest(
    "the address becomes the primary one when it is confirmed, and not before",
    { config },
    (script) => {
      const other = otherAddress(script);
      open(script, prefers(OTHER));
      expect(primaryOf(script)).toBe(FIRST);
      script.a.send(10);
      script.peer.await("DATA");
      script.peer.send(script.peer.sack(1));
      confirm(script, other);
      expect(primaryOf(script)).toBe(OTHER);
      script.a.send(10);
      script.network.run(50);
      expect(other.received.flatMap(({ bytes }) => decodePacket(bytes)?.chunks ?? [])).toMatchObject([
        { type: "DATA" },
      ]);
    },
  );

  for (const address of ["0.0.0.0", FIRST]) {
    scriptedTest(
      `${address}, which is the source of its packet, is the primary one`,
      { config },
      (script) => {
        const other = otherAddress(script);
        open(script, prefers(address));
        confirm(script, other);
        expect(primaryOf(script)).toBe(FIRST);
      },
    );
  }

  scriptedTest("an address that is none of the peer's changes nothing", { config }, (script) => {
    const other = otherAddress(script);
    open(script, prefers("10.9.0.2"));
    confirm(script, other);
    expect(primaryOf(script)).toBe(FIRST);
  });

  scriptedTest("of a peer that does not reconfigure addresses it changes nothing", { config }, (script) => {
    const other = otherAddress(script);
    open(script, prefers(OTHER, []));
    confirm(script, other);
    expect(primaryOf(script)).toBe(FIRST);
  });

  scriptedTest("where it is off it changes nothing", {}, (script) => {
    const other = otherAddress(script);
    open(script, prefers(OTHER));
    confirm(script, other);
    expect(primaryOf(script)).toBe(FIRST);
  });
});
