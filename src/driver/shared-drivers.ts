import type { IpAddress } from "../base/address.ts";
import { SctpError } from "../base/error.ts";
import { type LocalSelection, selectLocalAddresses } from "../datagram/local-addresses.ts";
import { Turns } from "../datagram/turns.ts";
import { UdpTransport } from "../datagram/udp.ts";
import { defaultLimits, type Stack, type StackLimits } from "../stack/index.ts";
import type { DrivenStack } from "./driver.ts";
import { bindSelection, DriverLease, type LeaseListener } from "./driver-lease.ts";
import { type Surroundings, UdpDriver } from "./udp-driver.ts";

/** What an endpoint asks for. */
export interface DriverRequest extends LeaseListener {
  /** UDP port, 0 to 65,535. 0: a free one, shared with nobody who does not ask for its number later. */
  readonly udpPort: number;
  /**
   * Each an IP address, "0.0.0.0" or "::" (every address of that family, followed as they come and go), the name of
   * an interface (likewise), or a host name.
   */
  readonly addresses: readonly string[];
  /** Of the stack, and so of all that share it: see `checkLimits`. */
  readonly limits?: StackLimits | undefined;
}

/** How often the system is asked for another ephemeral port. */
const PORT_ATTEMPTS = 64;

interface Shared<S extends DrivenStack> {
  readonly driver: UdpDriver<S>;
  readonly limits: Required<StackLimits>;
  leases: number;
}

/**
 * The drivers of a process by their UDP port: endpoints (SCTP ports) on one UDP port share one driver, its sockets and
 * its stack, because only one socket can receive what comes to a port.
 */
export class SharedDrivers<S extends DrivenStack = Stack> {
  readonly #createStack: (surroundings: Surroundings) => S;
  readonly #byPort: Map<number, Shared<S>> = new Map();
  /** One at a time: two that ask for a new port at once must end up with one driver. */
  readonly #turns: Turns = new Turns();

  constructor(createStack: (surroundings: Surroundings) => S) {
    this.#createStack = createStack;
  }

  /**
   * Rejects as `UdpTransport.open`, `selectLocalAddresses` and `checkLimits` do; then nothing stays open that was not
   * before.
   */
  async acquire(request: DriverRequest): Promise<DriverLease<S>> {
    const selection = await selectLocalAddresses(request.addresses);
    const skipped: IpAddress[] = [];
    const onSkipped = (address: IpAddress, error: Error): void => {
      skipped.push(address);
      request.onSkipped?.(address, error);
    };
    return this.#turns.run(async () => {
      const present = this.#byPort.get(request.udpPort);
      if (present !== undefined) {
        checkLimits(request, present.limits);
        const held = await bindSelection(present.driver, selection, onSkipped);
        return this.#lease(present, { held, skipped, selection, listener: request });
      }
      const transport = await this.#openTransport(request.udpPort, selection, onSkipped);
      const limits = effectiveLimits(request.limits);
      const driver = new UdpDriver({ transport, limits, createStack: this.#createStack });
      const opened = { driver, limits, leases: 0 };
      this.#byPort.set(transport.port, opened);
      return this.#lease(opened, { held: transport.addresses, skipped, selection, listener: request });
    });
  }

  async #openTransport(
    port: number,
    selection: LocalSelection,
    onSkipped: (address: IpAddress, error: Error) => void,
  ): Promise<UdpTransport> {
    for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
      const transport = await UdpTransport.open({
        port,
        addresses: selection.fixed,
        optional: selection.current?.() ?? [],
        onSkipped,
      });
      // The system may choose a number that another driver here has, at other addresses: one driver a number.
      if (!this.#byPort.has(transport.port)) return transport;
      await transport.close();
    }
    throw new SctpError(
      "ERR_SCTP_PORT_IN_USE",
      "the system offers no UDP port that this process does not have",
    );
  }

  #lease(
    shared: Shared<S>,
    options: Pick<
      ConstructorParameters<typeof DriverLease<S>>[0],
      "held" | "skipped" | "selection" | "listener"
    >,
  ): DriverLease<S> {
    shared.leases++;
    return new DriverLease<S>({
      ...options,
      driver: shared.driver,
      onRelease: (addresses) =>
        this.#turns.run(async () => {
          shared.leases--;
          if (shared.leases > 0) {
            await shared.driver.unbind(addresses);
            return;
          }
          this.#byPort.delete(shared.driver.udpPort);
          await shared.driver.close();
        }),
    });
  }
}

function effectiveLimits(given: StackLimits = {}): Required<StackLimits> {
  return {
    maxAssociations: given.maxAssociations ?? defaultLimits.maxAssociations,
    outOfTheBlueReplies: given.outOfTheBlueReplies ?? defaultLimits.outOfTheBlueReplies,
    refusals: given.refusals ?? defaultLimits.refusals,
  };
}

/**
 * Whoever opens a UDP port decides of its limits; who comes later and names none lives with them. Throws
 * ERR_SCTP_INVALID_OPTION for one that is named and is another there: neither may lose what it relies on unawares.
 */
function checkLimits(request: DriverRequest, present: Required<StackLimits>): void {
  for (const name of Object.keys(present) as (keyof StackLimits)[]) {
    const wanted = request.limits?.[name];
    if (wanted === undefined || wanted === present[name]) continue;
    throw new SctpError(
      "ERR_SCTP_INVALID_OPTION",
      `the option "${name}" is ${present[name]} on UDP port ${request.udpPort}, which another endpoint of this process ` +
        `opened, and cannot be ${wanted}: all on one UDP port share it. Give the same, or none, or another UDP port`,
    );
  }
}
