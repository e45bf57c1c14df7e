import { type LoopOptions, openSocket } from "./shaped.ts";
import { given, obey } from "./worker.ts";

const BATCH = 32;

const { addresses, localAddresses, udpPort, size } = given<LoopOptions>();
const datagram = Buffer.alloc(size, 0x61);

openSocket(localAddresses[0], (socket) => {
  let out = 0;

  const onSent = (): void => {
    out -= 1;
    if (out === 0) setImmediate(sendBatch);
  };

  /** As the driver sends: in batches, so that the event loop gets its turns. */
  function sendBatch(): void {
    out = BATCH;
    for (let i = 0; i < BATCH; i += 1) socket.send(datagram, udpPort, addresses[0], onSent);
  }

  obey(0, { go: sendBatch });
});
