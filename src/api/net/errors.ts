import { constants } from "node:os";
import { SctpError, type SctpErrorCode } from "../../base/error.ts";

/** An error under the name that the system, and so `node:net`, has for it. */
export interface SystemError extends Error {
  /** Such as "ECONNREFUSED". */
  readonly code: string;
  /** The system's number for it, negative as in Node; undefined where this system has none. */
  readonly errno: number | undefined;
  /** "connect", "listen", "read" or "write". */
  readonly syscall: string;
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  /** The error of the message API, with its own code. */
  readonly cause: SctpError;
}

/** Where the peer or the server is that an error speaks of. */
export interface Whereabouts {
  readonly address?: string | undefined;
  /** SCTP port. */
  readonly port?: number | undefined;
}

/** What programs written for `node:net` compare `code` with. What has no such name keeps its own. */
const systemNames: Partial<Record<SctpErrorCode, string>> = {
  ERR_SCTP_REFUSED: "ECONNREFUSED",
  ERR_SCTP_CONNECT_TIMEOUT: "ETIMEDOUT",
  ERR_SCTP_NO_ANSWER: "ETIMEDOUT",
  ERR_SCTP_TIMED_OUT: "ETIMEDOUT",
  ERR_SCTP_ABORTED: "ECONNRESET",
  ERR_SCTP_PROTOCOL_VIOLATION: "EPROTO",
  ERR_SCTP_CLOSED: "EPIPE",
  ERR_SCTP_SHUTTING_DOWN: "EPIPE",
  ERR_SCTP_PORT_IN_USE: "EADDRINUSE",
  ERR_SCTP_ADDRESS_UNAVAILABLE: "EADDRNOTAVAIL",
  ERR_SCTP_PERMISSION: "EACCES",
  ERR_SCTP_LOOKUP: "ENOTFOUND",
};

/** The error as `node:net` would have it; one that has no name there is given back as it is. */
export function systemError(error: unknown, syscall: string, where: Whereabouts = {}): Error {
  if (!(error instanceof SctpError)) return error instanceof Error ? error : new Error(String(error));
  const code = error.code === "ERR_SCTP_SOCKET" ? codeOf(error.cause) : systemNames[error.code];
  if (code === undefined) return error;
  const number = (constants.errno as Readonly<Record<string, number>>)[code];
  return Object.assign(new Error(`${syscall} ${code}${placeOf(where)}: ${error.message}`, { cause: error }), {
    code,
    errno: number === undefined ? undefined : -number,
    syscall,
    ...where,
  });
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

function placeOf({ address, port }: Whereabouts): string {
  if (address === undefined) return "";
  return port === undefined ? ` ${address}` : ` ${address.includes(":") ? `[${address}]` : address}:${port}`;
}

/** An error with a code of Node's own, for mistakes that `node:net` knows too. */
export function nodeError(Kind: new (message: string) => Error, code: string, message: string): Error {
  return Object.assign(new Kind(message), { code });
}
