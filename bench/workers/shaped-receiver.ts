import { readU32, writeU32 } from "../../src/base/bytes.ts";
import { hasValidChecksum, writeChecksum } from "../../src/base/crc32c.ts";
import { ACK_LENGTH, HEADER, NUMBER_AT, openSocket } from "./shaped.ts";
import { given, Meter, meterOrders, obey } from "./worker.ts";

/** RFC 9260 §6.2: "at least every second packet". */
const PACKETS_PER_ACK = 2;

const { addresses } = given<{ readonly addresses: readonly [string] }>();
const meter = new Meter();
openSocket(addresses[0], (socket) => {
  let unacknowledged = 0;
  socket.on("message", (bytes, from) => {
    if (!hasValidChecksum(bytes)) return;
    meter.add(bytes.length - HEADER);
    unacknowledged += 1;
    if (unacknowledged < PACKETS_PER_ACK) return;
    unacknowledged = 0;
    const acknowledgement = new Uint8Array(ACK_LENGTH);
    writeU32(acknowledgement, NUMBER_AT, readU32(bytes, NUMBER_AT));
    writeChecksum(acknowledgement);
    socket.send(acknowledgement, from.port, from.address);
  });
  obey(socket.address().port, meterOrders(meter));
});
