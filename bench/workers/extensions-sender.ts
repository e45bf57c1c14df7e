import { connect } from "../../src/api/message/index.ts";
import { extensionOptions } from "./extension-sets.ts";
import { numberArgument, obey } from "./worker.ts";

const udpPort = numberArgument(0);
const message = Buffer.alloc(numberArgument(1), 0x61);
const options = extensionOptions(numberArgument(2));
const association = await connect({ ...options, port: 5_000, addresses: "127.0.0.1", udpPort });
let going = false;

function pump(): void {
  while (going && association.trySend(message));
}

association.on("drain", pump);
obey(0, {
  onGo: () => {
    going = true;
    pump();
  },
  onPause: async () => {
    going = false;
    await association.flush();
  },
});
