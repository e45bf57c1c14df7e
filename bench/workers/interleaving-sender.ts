import { connect } from "../../src/api/message/index.ts";
import { type InterleavingOptions, LARGE, LARGE_BYTES, protocolOf, SMALL } from "./interleaving-options.ts";
import { given, monotonicMs, obey } from "./worker.ts";

/** ms between two small messages. */
const EVERY = 5;

const options = given<InterleavingOptions>();
const sent: number[] = [];
const large = Buffer.alloc(LARGE_BYTES, 0x61);
const association = await connect({
  ...protocolOf(options),
  port: 5_000,
  addresses: "127.0.0.1",
  udpPort: options.udpPort,
});

function pump(): void {
  while (association.bufferedBytes < LARGE_BYTES) association.trySend(large, { stream: LARGE });
}

const timer = setInterval(() => {
  pump();
  sent.push(monotonicMs());
  association.trySend("!", { stream: SMALL });
}, EVERY);

pump();
obey(0, {
  times: () => {
    clearInterval(timer);
    return sent;
  },
});
