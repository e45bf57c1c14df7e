import { RoundTrips } from "./round-trips.ts";
import { openSocket } from "./shaped.ts";
import { given, obey } from "./worker.ts";

const { udpPort, size } = given<{ readonly udpPort: number; readonly size: number }>();
const ping = Buffer.alloc(size, 0x61);
const trips = new RoundTrips();

openSocket("127.0.0.1", (socket) => {
  const send = (): void => {
    trips.sent();
    socket.send(ping, udpPort, "127.0.0.1");
  };
  socket.on("message", () => {
    trips.back();
    send();
  });
  obey(0, { ...trips.orders, go: send });
});
