import { createHash } from "node:crypto";
import { type Association, createServer, type IpAddress } from "usctp";
import { UdpTransport } from "usctp/driver";
import { type FromReceiver, PORT, type Sight, type ToReceiver } from "./conversation.ts";
import { CuttableTransport } from "./cuttable-transport.ts";

/** ms between two reports to the sender's process. */
const REPORT_INTERVAL = 40;

/** The second process: takes one association, hashes what comes, and ends with it. Arguments: its addresses. */
async function main(): Promise<void> {
  const addresses = process.argv.slice(2) as IpAddress[];
  const transport = new CuttableTransport(await UdpTransport.open({ port: 0, addresses }));
  const server = createServer((association) => receive(association, transport, () => void server.close()));
  await server.listen({ port: PORT, transport });
  process.on("message", (order: ToReceiver) => {
    if (order.type === "cut") transport.cut(order.address);
    else transport.heal();
  });
  say({ type: "listening", udpPort: transport.port });
}

function receive(association: Association, transport: CuttableTransport, onEnd: () => void): void {
  const hash = createHash("sha256");
  let delivered = 0;
  let longestGap = 0;
  let last: number | undefined;
  const sight = (): Sight => ({ delivered, longestGap, carried: Object.fromEntries(transport.received) });
  const reports = setInterval(() => say({ type: "sight", sight: sight() }), REPORT_INTERVAL);

  association.on("message", ({ data }) => {
    hash.update(data);
    delivered += data.length;
    const now = performance.now();
    longestGap = Math.max(longestGap, now - (last ?? now));
    last = now;
  });
  association.on("close", ({ error }) => {
    clearInterval(reports);
    if (error === undefined) say({ type: "finished", sight: sight(), sha256: hash.digest("hex") });
    else fail(error);
    onEnd();
  });
}

function say(message: FromReceiver): void {
  if (process.connected) process.send?.(message);
}

function fail(error: unknown): void {
  say({ type: "failed", reason: error instanceof Error ? error.message : String(error) });
}

// The first process has heard all that it wanted, or is gone: there is no reason to be here any more.
process.on("disconnect", () => process.exit());

main().catch(fail);
