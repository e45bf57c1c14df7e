import { createServer } from "../../src/api/message/index.ts";
import { type CrowdOptions, FIRST_PORT } from "./crowd.ts";
import { given, obey } from "./worker.ts";

const { serverPorts, echo } = given<CrowdOptions>();
let udpPort = 0;

for (let i = 0; i < serverPorts; i++) {
  const server = createServer((association) => {
    if (!echo) return;
    association.on("message", ({ data }) => {
      association.trySend(data);
    });
  });
  // All of them over one UDP port.
  await server.listen({ port: FIRST_PORT + i, addresses: "127.0.0.1", udpPort });
  udpPort = server.udpPort;
}

obey(udpPort);
