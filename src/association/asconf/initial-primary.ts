import { type IpAddress, withZone, zoneOf } from "../../base/address.ts";
import type { Parameter } from "../../packet/parameters/parameter.ts";

/**
 * RFC 5061 §4.2.4: Set Primary Address in INIT or INIT ACK is "an initial preference of primary address". The wildcard is
 * the source of the packet. One that is no address of the peer is not followed (§5.4).
 */
export function preferredAddress(said: readonly Parameter[], source: IpAddress): IpAddress | undefined {
  const preference = said.find((parameter) => parameter.type === "SET-PRIMARY-ADDRESS");
  if (preference?.type !== "SET-PRIMARY-ADDRESS") return undefined;
  const { address } = preference.address;
  const zone = zoneOf(source);
  const named = zone === undefined ? address : withZone(address, zone);
  return address === "0.0.0.0" || address === "::" ? source : named;
}
