import type { IpAddress } from "../base/address.ts";
import { type Environment, randomU32 } from "../base/environment.ts";
import { SctpError } from "../base/error.ts";
import type { Endpoint, PortClaim } from "./endpoint.ts";

/** RFC 6335 §6: the dynamic ports. */
const FIRST_EPHEMERAL = 49_152;
const EPHEMERAL_COUNT = 16_384;

const nobody: readonly Endpoint[] = [];

/** The endpoints of a stack by SCTP port. Bound: the ports, and the addresses that the user binds. */
export class Endpoints {
  readonly #byPort: Map<number, Endpoint[]> = new Map();

  /** The endpoints of a port that have the address: one, or those that share it. */
  at(port: number, address: IpAddress): readonly Endpoint[] {
    const all = this.#byPort.get(port);
    return all === undefined ? nobody : all.filter((endpoint) => endpoint.addresses.includes(address));
  }

  /** The endpoint itself, and those that share its port at one of its addresses. */
  sharing({ port, addresses }: Endpoint): readonly Endpoint[] {
    const all = this.#byPort.get(port) ?? nobody;
    return all.filter((endpoint) => endpoint.addresses.some((address) => addresses.includes(address)));
  }

  all(): Endpoint[] {
    return [...this.#byPort.values()].flat();
  }

  add(endpoint: Endpoint): void {
    const sharing = this.#byPort.get(endpoint.port);
    if (sharing === undefined) this.#byPort.set(endpoint.port, [endpoint]);
    else sharing.push(endpoint);
  }

  remove(endpoint: Endpoint): void {
    const rest = this.#byPort.get(endpoint.port)?.filter((other) => other !== endpoint) ?? [];
    if (rest.length > 0) this.#byPort.set(endpoint.port, rest);
    else this.#byPort.delete(endpoint.port);
  }

  /**
   * Throws ERR_SCTP_PORT_IN_USE when another endpoint has the port at one of the addresses, unless both share it and
   * only one of them listens.
   */
  checkFree(claim: PortClaim, except?: Endpoint): void {
    const { port } = claim;
    for (const address of claim.addresses) {
      for (const other of this.at(port, address)) {
        if (other === except) continue;
        // RFC 6458 §8.1.27: "all other SCTP sockets bound to the same port must have set the SCTP_REUSE_PORT option".
        if (!claim.reusePort || !other.reusePort) {
          throw new SctpError(
            "ERR_SCTP_PORT_IN_USE",
            `SCTP port ${port} at ${address} belongs to another endpoint of this process. Choose another port, or 0.`,
          );
        }
        // "At most one socket being bound to the same port may be listening."
        if (claim.listening && other.listening) {
          throw new SctpError(
            "ERR_SCTP_PORT_IN_USE",
            `Another endpoint that shares SCTP port ${port} at ${address} listens there already.`,
          );
        }
      }
    }
  }

  /** A free dynamic port. Throws ERR_SCTP_LIMIT when there is none. */
  ephemeral(environment: Environment): number {
    const start = randomU32(environment) % EPHEMERAL_COUNT;
    for (let i = 0; i < EPHEMERAL_COUNT; i += 1) {
      const port = FIRST_EPHEMERAL + ((start + i) % EPHEMERAL_COUNT);
      if (!this.#byPort.has(port)) return port;
    }
    throw new SctpError("ERR_SCTP_LIMIT", "Every dynamic SCTP port (49152 to 65535) is in use.");
  }
}
