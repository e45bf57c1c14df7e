import type { IpAddress } from "../base/address.ts";
import { type Environment, randomU32 } from "../base/environment.ts";
import { SctpError } from "../base/error.ts";
import type { Endpoint } from "./endpoint.ts";

/** RFC 6335 §6: the dynamic ports. */
const FIRST_EPHEMERAL = 49_152;
const EPHEMERAL_COUNT = 16_384;

/** The endpoints of a stack by SCTP port. Bound: the ports, and the addresses that the user binds. */
export class Endpoints {
  readonly #byPort: Map<number, Endpoint[]> = new Map();

  /** The endpoint of a port that has the address. */
  find(port: number, address: IpAddress): Endpoint | undefined {
    return this.#byPort.get(port)?.find((endpoint) => endpoint.addresses.includes(address));
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

  /** Throws ERR_SCTP_PORT_IN_USE when another endpoint has the port at one of the addresses. */
  checkFree(port: number, addresses: readonly IpAddress[], except?: Endpoint): void {
    for (const address of addresses) {
      const other = this.find(port, address);
      if (other === undefined || other === except) continue;
      throw new SctpError(
        "ERR_SCTP_PORT_IN_USE",
        `SCTP port ${port} at ${address} belongs to another endpoint of this process. Choose another port, or 0.`,
      );
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
