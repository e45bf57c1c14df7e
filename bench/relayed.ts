import { type Impairment, openRelay, type Relay } from "../test/interop/relay.ts";
import { type Contestant, type Flow, type Load, startFlow } from "./contestants/contestant.ts";

/** A flow with a relay between its two sides. */
export interface RelayedFlow extends Flow {
  readonly relay: Relay;
}

/** Starts both sides over a relay, in this process, that has this impairment. `near` of the relay is the sender. */
export async function startRelayed(
  contestant: Contestant,
  load: Load,
  options: { readonly impairment: Impairment; readonly seed: number },
): Promise<RelayedFlow> {
  let relay: Relay | undefined;
  try {
    const { sender, receiver } = load.place;
    const flow = await startFlow(contestant, load, async (port) => {
      relay = await openRelay({
        paths: receiver.addresses.map((address, index) => ({
          near: { address: sender.addresses[index] ?? address },
          far: { address, port },
        })),
        ...options,
      });
      return relay.nearPort;
    });
    if (relay === undefined) throw new Error("there is no relay");
    const opened = relay;
    const end = async (): Promise<void> => {
      await flow.end();
      await opened.close();
    };
    return { ...flow, relay, end };
  } catch (error) {
    await relay?.close();
    throw error;
  }
}
