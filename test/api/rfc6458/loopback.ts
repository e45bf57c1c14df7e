import {
  AF_INET,
  type AF_INET6,
  IPPROTO_SCTP,
  SCTP_REMOTE_UDP_ENCAPS_PORT,
  type SctpSocket,
  type SOCK_SEQPACKET,
  SOCK_STREAM,
  socket,
} from "usctp/socket";
import { onTestFinished } from "vitest";

/** Sockets of this machine; closed when the test is over. Their UDP ports are free ones: tests run side by side. */
export function realSocket(
  type: typeof SOCK_STREAM | typeof SOCK_SEQPACKET = SOCK_STREAM,
  domain: typeof AF_INET | typeof AF_INET6 = AF_INET,
  udpPort: number = 0,
): SctpSocket {
  const made = socket(domain, type, IPPROTO_SCTP, { udpPort });
  onTestFinished(async () => {
    await made[Symbol.asyncDispose]();
  });
  return made;
}

/** Tells a socket the UDP port where another one is. */
export function aim(from: SctpSocket, to: SctpSocket): void {
  from.setsockopt(IPPROTO_SCTP, SCTP_REMOTE_UDP_ENCAPS_PORT, { sue_port: to.udpPort ?? 0 });
}
