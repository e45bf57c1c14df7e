import type { Association } from "./association.ts";
import { checkOptions, wrongOption } from "./checks.ts";
import { protocolParameters } from "./config-options.ts";
import { LocalEndpoint } from "./local-endpoint.ts";
import {
  checkCarrier,
  type ListenOptions,
  listenChecks,
  type ServerOptions,
  serverChecks,
} from "./options.ts";

/** Takes associations that peers ask for. Made by `createServer`; it is nowhere until `listen`. */
export class Server extends LocalEndpoint {
  /** Made by `createServer`. Throws ERR_SCTP_INVALID_OPTION. */
  constructor(options: ServerOptions = {}) {
    checkOptions("createServer()", options, serverChecks);
    super(options, protocolParameters("createServer()", options));
  }

  /**
   * Binds and begins to take associations. Rejects with ERR_SCTP_INVALID_OPTION before any socket opens,
   * ERR_SCTP_PORT_IN_USE, ERR_SCTP_ADDRESS_UNAVAILABLE, ERR_SCTP_PERMISSION, ERR_SCTP_INVALID_ADDRESS,
   * ERR_SCTP_LOOKUP, ERR_SCTP_SOCKET; ERR_SCTP_INVALID_STATE when it is listening already; the signal's reason.
   */
  async listen(options: ListenOptions): Promise<this> {
    checkOptions("listen()", options, listenChecks, ["port"]);
    checkCarrier("listen()", options, ["addresses", "udpPort"]);
    await this.open(options);
    return this;
  }
}

/**
 * Makes a server. `listener` is added to its `association` event; without one, iterate over the server. Throws
 * ERR_SCTP_INVALID_OPTION.
 */
export function createServer(listener?: (association: Association) => void): Server;
export function createServer(options: ServerOptions, listener?: (association: Association) => void): Server;
export function createServer(
  first?: ServerOptions | ((association: Association) => void),
  second?: (association: Association) => void,
): Server {
  const listener = typeof first === "function" ? first : second;
  if (listener !== undefined && typeof listener !== "function") {
    throw wrongOption("createServer()", "listener", listener, "a function");
  }
  const server = new Server(typeof first === "function" ? {} : first);
  if (listener !== undefined) server.on("association", listener);
  return server;
}
