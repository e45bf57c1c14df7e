import { connect, type ProtocolOptions } from "../../src/api/message/index.ts";
import { given, obey } from "./worker.ts";

/** How messages are handed over: a boolean each and the event `drain`, or a promise each. */
export type Way = "trySend" | "await send";

export interface SenderOptions {
  readonly addresses: readonly string[];
  readonly localAddresses: readonly string[];
  readonly udpPort: number;
  /** Bytes of a message. */
  readonly size: number;
  /** Messages in all. */
  readonly count: number;
  /** Messages go over so many in turn. */
  readonly streams: number;
  readonly way: Way;
  readonly protocol: ProtocolOptions;
}

const { addresses, localAddresses, udpPort, size, count, streams, way, protocol } = given<SenderOptions>();
const message = Buffer.alloc(size, 0x61);
const association = await connect({ ...protocol, port: 5_000, addresses, localAddresses, udpPort });
// Reused: what an application allocates for its options is not what is measured.
const options = Array.from({ length: streams }, (_, stream) => ({ stream }));
let left = count;
let turn = 0;

function next(): { readonly stream: number } | undefined {
  if (streams === 1) return undefined;
  turn = (turn + 1) % streams;
  return options[turn];
}

/** As much as is taken at once; the rest when there is room again. */
function pump(): void {
  while (left > 0 && association.trySend(message, next())) left -= 1;
}

async function sendOneByOne(): Promise<void> {
  for (; left > 0; left -= 1) await association.send(message, next());
}

obey(0, {
  go: () => {
    if (way === "await send") {
      void sendOneByOne();
      return;
    }
    association.on("drain", pump);
    pump();
  },
});
