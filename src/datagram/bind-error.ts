import { addressFamily, addressScope, type IpAddress, zoneOf } from "../base/address.ts";
import { SctpError, type SctpErrorCode } from "../base/error.ts";
import { localAddresses } from "./interfaces.ts";

/** The system's name of an error ("EADDRINUSE"), if it has one. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** An address that is not there (yet, or any more): tentative, vanished, or on an interface that went away. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof SctpError && error.code === "ERR_SCTP_ADDRESS_UNAVAILABLE";
}

/** Says which address, which family, which port, and what to do about it. The system's error is the `cause`. */
export function bindError(error: unknown, address: IpAddress, port: number): SctpError {
  const system = systemCode(error) ?? "unknown error";
  const where = `${address} (IPv${addressFamily(address)}), UDP port ${port === 0 ? "chosen by the system" : port}`;
  const { code, advice } = diagnose(system, address);
  return new SctpError(code, `cannot bind ${where}: ${system}. ${advice}`, { cause: error });
}

function diagnose(system: string, address: IpAddress): { code: SctpErrorCode; advice: string } {
  switch (system) {
    case "EADDRINUSE":
      return {
        code: "ERR_SCTP_PORT_IN_USE",
        advice:
          "Another socket has this port: choose another UDP port, 0 for any free one, or end its owner.",
      };
    case "EACCES":
    case "EPERM":
      return {
        code: "ERR_SCTP_PERMISSION",
        advice:
          "The system forbids it: ports below 1024 usually need privileges, so choose a higher UDP port.",
      };
    case "EINVAL":
      // Linux says EINVAL to a link-local address when it does not know which interface is meant.
      if (addressScope(address) === "link-local" && zoneOf(address) === undefined) {
        return {
          code: "ERR_SCTP_INVALID_ADDRESS",
          advice: `A link-local address needs its interface: write ${address}%eth0, for example.`,
        };
      }
      return { code: "ERR_SCTP_ADDRESS_UNAVAILABLE", advice: unavailable() };
    case "EADDRNOTAVAIL":
    case "ENODEV":
    case "ENXIO":
      return { code: "ERR_SCTP_ADDRESS_UNAVAILABLE", advice: unavailable() };
    case "EAFNOSUPPORT":
      return {
        code: "ERR_SCTP_ADDRESS_UNAVAILABLE",
        advice: `This machine does not speak IPv${addressFamily(address)}: leave the address out.`,
      };
    default:
      return { code: "ERR_SCTP_SOCKET", advice: "The system gives no further reason." };
  }
}

function unavailable(): string {
  const own = localAddresses().map((local) => local.address);
  return `It is not an address of this machine now. Those are: ${own.join(", ") || "none"}.`;
}
