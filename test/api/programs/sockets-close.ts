import {
  AF_INET,
  IPPROTO_SCTP,
  SCTP_REMOTE_UDP_ENCAPS_PORT,
  SOCK_STREAM,
  socket,
} from "../../../src/api/rfc6458/index.ts";

const server = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, { udpPort: 0 });
await server.bind({ address: "127.0.0.1", port: 5_000 });
await server.listen(1);
const client = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
client.setsockopt(IPPROTO_SCTP, SCTP_REMOTE_UDP_ENCAPS_PORT, { sue_port: server.udpPort ?? 0 });
await client.connect({ address: "127.0.0.1", port: 5_000 });
const accepted = await server.accept();
await client.send(new Uint8Array(500_000));
for (const each of [client, accepted, server]) await each.close();
process.stdout.write("done\n");
