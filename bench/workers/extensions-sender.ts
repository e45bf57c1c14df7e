import { connect } from "../../src/api/message/index.ts";
import { type ExtensionSet, extensionOptions } from "./extension-sets.ts";
import { given, obey } from "./worker.ts";

const { udpPort, size, set } = given<{ udpPort: number; size: number; set: ExtensionSet }>();
const message = Buffer.alloc(size, 0x61);
const association = await connect({ ...extensionOptions(set), port: 5_000, addresses: "127.0.0.1", udpPort });
let going = false;

function pump(): void {
  while (going && association.trySend(message));
}

association.on("drain", pump);
obey(0, {
  go: () => {
    going = true;
    pump();
  },
  pause: async () => {
    going = false;
    await association.flush();
  },
});
