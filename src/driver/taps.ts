import type { DatagramReceiver, DatagramTransport } from "../datagram/datagram-transport.ts";
import type { DatagramTap } from "./driver.ts";

type Carrier = Pick<DatagramTransport, "send">;
type Delivery = DatagramReceiver["onDatagram"];

/**
 * Where a driver may be tapped: between it and its transport. What stands there is replaced when the first tap comes
 * and when the last one goes, so that a packet is not even asked about while there is none.
 */
export class Taps {
  readonly #transport: Carrier;
  readonly #deliver: Delivery;
  #taps: readonly DatagramTap[] = [];
  /** What the driver sends through: the transport itself, unless somebody taps. */
  carrier: Carrier;
  /** What the transport delivers to. */
  readonly receiver: { onDatagram: Delivery; readonly onError: DatagramReceiver["onError"] };

  constructor(transport: Carrier, receiver: DatagramReceiver) {
    this.#transport = transport;
    this.#deliver = receiver.onDatagram;
    this.carrier = transport;
    this.receiver = { ...receiver };
  }

  /** Returns what takes it away again. */
  add(tap: DatagramTap): () => void {
    this.#set([...this.#taps, tap]);
    return () => this.#set(this.#taps.filter((each) => each !== tap));
  }

  #set(taps: readonly DatagramTap[]): void {
    const deliver = this.#deliver;
    const transport = this.#transport;
    this.#taps = taps;
    if (taps.length === 0) {
      this.carrier = transport;
      this.receiver.onDatagram = deliver;
      return;
    }
    this.carrier = {
      send(bytes, source, destination, port, done) {
        for (const tap of taps) tap.onSent(bytes, source, destination, port);
        transport.send(bytes, source, destination, port, done);
      },
    };
    this.receiver.onDatagram = (bytes, source, port, destination) => {
      for (const tap of taps) tap.onReceived(bytes, source, port, destination);
      deliver(bytes, source, port, destination);
    };
  }
}
