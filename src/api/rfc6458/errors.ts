import { SctpError, type SctpErrorCode } from "../../base/error.ts";

/** The errno names that the calls of this face fail with. */
export type ErrnoName =
  | "EACCES"
  | "EADDRINUSE"
  | "EADDRNOTAVAIL"
  | "EAFNOSUPPORT"
  | "EAGAIN"
  | "EALREADY"
  | "EBADF"
  | "EBUSY"
  | "ECONNABORTED"
  | "ECONNREFUSED"
  | "ECONNRESET"
  | "EINPROGRESS"
  | "EINVAL"
  | "EIO"
  | "EISCONN"
  | "EMSGSIZE"
  | "ENOBUFS"
  | "ENOENT"
  | "ENOPROTOOPT"
  | "ENOTCONN"
  | "EOPNOTSUPP"
  | "EPIPE"
  | "EPROTONOSUPPORT"
  | "ESHUTDOWN"
  | "ESOCKTNOSUPPORT"
  | "ETIMEDOUT";

/** The error of every call of this face. Tell errors apart by `code`; the message is for people. */
export class SocketError extends Error {
  override readonly name: string = "SocketError";
  /** The errno's name, "EADDRINUSE". */
  readonly code: ErrnoName;
  /** The call that failed, "bind". */
  readonly syscall: string;
  /** With EINPROGRESS: the id of the association that is being set up (RFC 6458 §9.9). */
  readonly assoc_id: number | undefined;

  constructor(
    code: ErrnoName,
    syscall: string,
    message: string,
    options: { readonly cause?: unknown; readonly assoc_id?: number } = {},
  ) {
    super(`${syscall}: ${code}: ${message}`, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.syscall = syscall;
    this.assoc_id = options.assoc_id;
  }
}

/** Why an association or socket failed, before it is known which call will hear of it. */
export interface Failure {
  readonly code: ErrnoName;
  readonly text: string;
}

const errnoOf: Partial<Record<SctpErrorCode, ErrnoName>> = {
  ERR_SCTP_INVALID_OPTION: "EINVAL",
  ERR_SCTP_INVALID_ADDRESS: "EINVAL",
  ERR_SCTP_INVALID_STREAM: "EINVAL",
  ERR_SCTP_EMPTY_MESSAGE: "EINVAL",
  ERR_SCTP_MESSAGE_TOO_LARGE: "EMSGSIZE",
  ERR_SCTP_NOT_CONNECTED: "ENOTCONN",
  ERR_SCTP_CLOSED: "EPIPE",
  ERR_SCTP_PORT_IN_USE: "EADDRINUSE",
  ERR_SCTP_ADDRESS_UNAVAILABLE: "EADDRNOTAVAIL",
  ERR_SCTP_PERMISSION: "EACCES",
  ERR_SCTP_UNKNOWN_ADDRESS: "EADDRNOTAVAIL",
  ERR_SCTP_LAST_ADDRESS: "EINVAL",
  ERR_SCTP_LIMIT: "ENOBUFS",
  ERR_SCTP_SHUTTING_DOWN: "EPIPE",
  ERR_SCTP_ALREADY_CONNECTED: "EISCONN",
  ERR_SCTP_INVALID_STATE: "EINVAL",
  ERR_SCTP_NOT_SUPPORTED: "EOPNOTSUPP",
  ERR_SCTP_RECONFIGURING: "EALREADY",
  ERR_SCTP_UNKNOWN_KEY: "EINVAL",
};

/** The error of the layers below under its errno name; what is no error of ours stays as it is. */
export function asSocketError(error: unknown, syscall: string): unknown {
  if (!(error instanceof SctpError)) return error;
  return new SocketError(errnoOf[error.code] ?? "EIO", syscall, error.message, { cause: error });
}

/** Runs what the layers below may refuse. */
export function translating<T>(syscall: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw asSocketError(error, syscall);
  }
}

/** The same for what they refuse later. */
export async function translatingAsync<T>(syscall: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asSocketError(error, syscall);
  }
}
