import { createSocket } from "node:dgram";
import { numericLookup } from "../../src/datagram/numeric-lookup.ts";
import { numberArgument, obey } from "./worker.ts";

const BATCH = 32;

const udpPort = numberArgument(0);
const datagram = Buffer.alloc(numberArgument(1), 0x61);
const socket = createSocket({ type: "udp4", lookup: numericLookup, sendBufferSize: 4_194_304 });
let out = 0;

const onSent = (): void => {
  out -= 1;
  if (out === 0) setImmediate(sendBatch);
};

/** As the driver sends: in batches, so that the event loop gets its turns. */
function sendBatch(): void {
  out = BATCH;
  for (let i = 0; i < BATCH; i += 1) socket.send(datagram, udpPort, "127.0.0.1", onSent);
}

socket.bind(0, "127.0.0.1", () => {
  sendBatch();
  obey(0);
});
