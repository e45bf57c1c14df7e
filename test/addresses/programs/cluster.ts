/** Two workers of a cluster listen on the same UDP port, one after the other; says what became of each. */
import cluster from "node:cluster";
import { once } from "node:events";
import { createServer, SctpError } from "../../../src/api/message/index.ts";

async function listen(udpPort: number): Promise<string> {
  try {
    await createServer().listen({ port: 5_000, addresses: "127.0.0.1", udpPort });
    return "listening";
  } catch (error) {
    return error instanceof SctpError ? error.code : String(error);
  }
}

async function lead(udpPort: string | undefined): Promise<void> {
  const said: string[] = [];
  for (let count = 0; count < 2; count++) {
    const [outcome] = await once(cluster.fork({ UDP_PORT: udpPort }), "message");
    said.push(outcome);
  }
  process.send?.(said);
  for (const worker of Object.values(cluster.workers ?? {})) worker?.kill();
}

if (cluster.isPrimary) await lead(process.argv[2]);
else process.send?.(await listen(Number(process.env.UDP_PORT)));
