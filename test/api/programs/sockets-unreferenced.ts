import {
  AF_INET,
  IPPROTO_SCTP,
  SCTP_REMOTE_UDP_ENCAPS_PORT,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  socket,
} from "../../../src/api/rfc6458/index.ts";

// Everything stays open, and nothing of it keeps the process alive: said before and after there is a port.
const server = socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP, { udpPort: 0 }).unref();
await server.bind({ address: "127.0.0.1", port: 5_000 });
await server.listen(1);
const client = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
client.setsockopt(IPPROTO_SCTP, SCTP_REMOTE_UDP_ENCAPS_PORT, { sue_port: server.udpPort ?? 0 });
await client.connect({ address: "127.0.0.1", port: 5_000 });
await client.send("x");
client.unref();
process.stdout.write("done\n");
