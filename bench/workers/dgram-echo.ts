import { openSocket } from "./shaped.ts";
import { obey } from "./worker.ts";

openSocket("127.0.0.1", (socket) => {
  socket.on("message", (bytes, from) => socket.send(bytes, from.port, from.address));
  obey(socket.address().port);
});
