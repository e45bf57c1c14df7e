import type { Association } from "./association.ts";
import { checkOptions } from "./checks.ts";
import { protocolParameters } from "./config-options.ts";
import { LocalEndpoint } from "./local-endpoint.ts";
import { checkCarrier, type EndpointOptions, endpointChecks, type PeerOptions } from "./options.ts";

/** One SCTP port that takes associations and opens them, as telecom peers do. Made by `createEndpoint`. */
export class Endpoint extends LocalEndpoint {
  /**
   * Opens an association from this port and its addresses. Rejects as the function `connect` does, and with
   * ERR_SCTP_ALREADY_CONNECTED when there is one with that peer, ERR_SCTP_CLOSED when this is closed.
   */
  async connect(options: PeerOptions): Promise<Association> {
    return this.dial(options);
  }

  /** For `createEndpoint`. */
  static async create(options: EndpointOptions): Promise<Endpoint> {
    checkOptions("createEndpoint()", options, endpointChecks, ["port"]);
    checkCarrier("createEndpoint()", options, ["addresses", "udpPort"]);
    const endpoint = new Endpoint(options, protocolParameters("createEndpoint()", options));
    await endpoint.open(options);
    return endpoint;
  }
}

/** Opens an SCTP port that listens and connects. Rejects as `server.listen` does. */
export function createEndpoint(options: EndpointOptions): Promise<Endpoint> {
  return Endpoint.create(options);
}
