import { connect, type ProtocolOptions } from "../../src/api/message/index.ts";
import { RoundTrips } from "./round-trips.ts";
import { given, obey } from "./worker.ts";

export interface PingOptions {
  readonly udpPort: number;
  /** Bytes of the small message. */
  readonly size: number;
  /** Bytes of each message of the bulk beside it; 0 for none. */
  readonly bulk: number;
  readonly protocol: ProtocolOptions;
}

const PING = { stream: 0 };
const BULK = { stream: 1 };

const { udpPort, size, bulk, protocol } = given<PingOptions>();
const ping = Buffer.alloc(size, 0x61);
const large = Buffer.alloc(bulk, 0x61);
const trips = new RoundTrips();
const association = await connect({
  ...protocol,
  // The small ones first, as far as there is a choice.
  scheduler: "priority",
  streamValues: new Map([[BULK.stream, 1]]),
  port: 5_000,
  addresses: "127.0.0.1",
  udpPort,
});

function send(): void {
  trips.sent();
  association.trySend(ping, PING);
}

function pump(): void {
  while (association.trySend(large, BULK));
}

association.on("message", () => {
  trips.back();
  send();
});

obey(0, {
  ...trips.orders,
  go: () => {
    if (bulk > 0) {
      association.on("drain", pump);
      pump();
    }
    send();
  },
});
