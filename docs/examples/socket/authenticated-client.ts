/**
 * A client that signs what the server requires with a shared key (RFC 4895).
 *
 *     npx tsx docs/examples/socket/authenticated-client.ts 127.0.0.1
 */
import {
  AF_INET,
  IPPROTO_SCTP,
  SCTP_AUTH_ACTIVE_KEY,
  SCTP_AUTH_KEY,
  SCTP_INITMSG,
  SCTP_PEER_AUTH_CHUNKS,
  SOCK_STREAM,
  socket,
} from "usctp/socket";

const [address = "127.0.0.1", secret = "a secret that both sides have"] = process.argv.slice(2);

const client = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
client.setsockopt(IPPROTO_SCTP, SCTP_AUTH_KEY, { sca_keynumber: 1, sca_key: Buffer.from(secret) });
client.setsockopt(IPPROTO_SCTP, SCTP_AUTH_ACTIVE_KEY, { scact_keynumber: 1 });
// Who has another key is not answered: it gives up after this.
client.setsockopt(IPPROTO_SCTP, SCTP_INITMSG, { sinit_max_attempts: 2, sinit_max_init_timeo: 1_000 });
try {
  await client.connect({ address, port: 5000 });
  const { gauth_chunks } = client.getsockopt(IPPROTO_SCTP, SCTP_PEER_AUTH_CHUNKS);
  console.log(`the server requires chunks of types ${gauth_chunks.join(", ")} authenticated`);
  await client.send("hello");
  console.log(`${(await client.recv()).toString()} from ${address}`);
} catch (error) {
  console.log((error as NodeJS.ErrnoException).code);
}
await client.close();
