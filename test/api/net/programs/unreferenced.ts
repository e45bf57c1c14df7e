import { once } from "node:events";
import { connect, createServer, type Socket } from "../../../../src/api/net/index.ts";

// Everything stays open, the idle timer too, and nothing of it keeps the process alive.
const server = createServer((socket: Socket) => socket.unref());
server.unref();
server.listen({ port: 5_000, host: "127.0.0.1", udpPort: 0 });
// Nothing else would keep the process until it listens.
const wait = setTimeout(() => {}, 10_000);
await once(server, "listening");
const socket = connect({ port: 5_000, host: "127.0.0.1", udpPort: server.udpPort, timeout: 60_000 });
socket.unref();
await once(socket, "connect");
socket.write("x");
clearTimeout(wait);
process.stdout.write("done\n");
