import { openSocket } from "./shaped.ts";
import { given, Meter, meterOrders, obey } from "./worker.ts";

const { addresses } = given<{ readonly addresses: readonly [string] }>();
const meter = new Meter();
openSocket(addresses[0], (socket) => {
  socket.on("message", (bytes) => meter.add(bytes.length));
  obey(socket.address().port, meterOrders(meter));
});
