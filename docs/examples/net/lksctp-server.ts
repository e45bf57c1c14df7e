// The server sample of `node-lksctp`. It goes on until it is stopped.
import * as lksctp from "usctp/net";

const port = 12345;
const server = lksctp.createServer();

server.on("error", (error) => {
  console.error("server error", error);
});

server.on("connection", (socket) => {
  console.log(`incoming connection from ${socket.remoteAddress}`);

  socket.on("data", (data) => {
    console.log("received data", data);
  });

  socket.on("end", () => {
    console.log("socket ended");
  });

  socket.on("error", (error) => {
    console.error("socket error", error);
  });
});

server.listen({ port, host: "127.0.0.1" }, () => {
  console.log(`SCTP server listening on :${port}`);
});
