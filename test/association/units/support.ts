import fc from "fast-check";
import { type AssociationConfig, defaultConfig } from "../../../src/association/config.ts";
import { Path } from "../../../src/association/path/path.ts";
import { type IpAddress, parseAddress } from "../../../src/base/address.ts";
import { asTsn, type Tsn } from "../../../src/base/serial.ts";

/** What the unit tests of the association's components share. */

/** Property tests draw the same cases every time. */
export const SEEDED: { readonly seed: number } = { seed: 9_260 };

export function ip(text: string): IpAddress {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return address;
}

/** A path to 10.0.0.2 with defaults: PMDCS 1,460 bytes, 1,444 of them for user data. */
export function makePath(
  options: {
    readonly destination?: string;
    readonly source?: string;
    readonly confirmed?: boolean;
    readonly config?: Partial<AssociationConfig>;
  } = {},
): Path {
  const { destination = "10.0.0.2", source = "10.0.0.1", confirmed = true, config = {} } = options;
  return new Path({
    destination: ip(destination),
    source: ip(source),
    udpPort: 9_899,
    confirmed,
    mtu: 1_500,
    config: { ...defaultConfig, ...config },
  });
}

/** Any first TSN, those that soon wrap among them. */
export const firstTsn: fc.Arbitrary<Tsn> = fc
  .oneof(
    fc.constantFrom(0, 1, 0x7fff_fff0, 0x8000_0000, 0xffff_fff0, 0xffff_ffff),
    fc.integer({ min: 0, max: 0xffff_ffff }),
  )
  .map(asTsn);
