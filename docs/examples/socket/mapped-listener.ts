/**
 * An IPv6 socket that listens at an IPv4 address, and shows its peers as mapped addresses (RFC 6458 §8.1.15).
 *
 *     npx tsx docs/examples/socket/mapped-listener.ts ::ffff:127.0.0.1
 */
import {
  AF_INET6,
  IPPROTO_SCTP,
  SCTP_I_WANT_MAPPED_V4_ADDR,
  type SctpSocket,
  SOCK_STREAM,
  socket,
} from "usctp/socket";

const [address = "::ffff:127.0.0.1"] = process.argv.slice(2);

const listener = socket(AF_INET6, SOCK_STREAM, IPPROTO_SCTP);
listener.setsockopt(IPPROTO_SCTP, SCTP_I_WANT_MAPPED_V4_ADDR, 1);
await listener.bind({ address, port: 5000 });
await listener.listen(10);
console.log(`listening at ${listener.getsockname().address}`);

for (;;) {
  // Not awaited: peers are served side by side, and one that is gone ends nobody else.
  echo(await listener.accept()).catch((error: Error) => console.log(error.message));
}

async function echo(accepted: SctpSocket): Promise<void> {
  console.log(`a peer at ${accepted.getpeername().address}`);
  for (let data = await accepted.recv(); data.length > 0; data = await accepted.recv())
    await accepted.send(data);
  await accepted.close();
}
