/**
 * A client with several local addresses, of both families, that tells from where the answer comes (RFC 6458 §9.1, §9.9).
 *
 *     npx tsx docs/examples/socket/bindx-client.ts 127.0.0.1 127.0.0.2,127.0.0.3,::1
 */
import {
  AF_INET6,
  IPPROTO_SCTP,
  SCTP_BINDX_ADD_ADDR,
  SCTP_INITMSG,
  SO_LINGER,
  SOCK_STREAM,
  SOL_SOCKET,
  socket,
} from "usctp/socket";

const [peer = "127.0.0.1", local = "127.0.0.2,127.0.0.3,::1"] = process.argv.slice(2);

const client = socket(AF_INET6, SOCK_STREAM, IPPROTO_SCTP, { udpPort: 0 });
client.setsockopt(IPPROTO_SCTP, SCTP_INITMSG, { sinit_num_ostreams: 4 });
// The end of the association is waited for, five seconds at most.
client.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 5 });
await client.bindx(
  local.split(",").map((address) => ({ address })),
  SCTP_BINDX_ADD_ADDR,
);
await client.connectx(peer.split(",").map((address) => ({ address, port: 5000 })));
console.log(`from ${addresses(client.getladdrs())} to ${addresses(client.getpaddrs())}`);
await client.send("hello");
const { data, msg_name } = await client.recvmsg();
console.log(`${Buffer.from(data)} from ${msg_name?.address}`);
await client.close();

function addresses(list: readonly { readonly address: string }[]): string {
  return list.map(({ address }) => address).join(" ");
}
