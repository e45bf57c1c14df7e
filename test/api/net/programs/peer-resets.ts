import { connect, createServer } from "../../../../src/api/net/index.ts";

// Sockets that hear their errors, one of each end. With everything over the process ends, whatever was still unsent.
const server = createServer((socket) => {
  socket.on("error", () => {});
  socket.createStream(1).write("to nobody");
  socket.pipe(socket);
});
server.listen({ port: 5_000, host: "127.0.0.1", udpPort: 0 }, () => {
  const to = { port: 5_000, host: "127.0.0.1", udpPort: server.udpPort };
  connect({ ...to, port: 5_001 }).on("error", () => {});
  connect(to).end("x");
  const resets = connect({ ...to, connectTimeout: 60_000 }, () => {
    for (let i = 0; i < 100; i++) resets.write(Buffer.alloc(10_000));
    resets.destroy();
    server.close(() => process.stdout.write("done\n"));
  });
  resets.setTimeout(60_000);
});
