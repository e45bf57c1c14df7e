import { connect } from "../../src/api/message/index.ts";
import { numberArgument, obey, search } from "./worker.ts";

const udpPort = numberArgument(0);
const message = Buffer.alloc(numberArgument(1), 0x61);
const association = await connect({ port: 5_000, addresses: "127.0.0.1", udpPort, pathMtuSearch: search() });

/** As much as is taken at once; the rest when there is room again. */
function pump(): void {
  while (association.trySend(message));
}

association.on("drain", pump);
pump();
obey(0);
