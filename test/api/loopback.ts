import { afterEach } from "vitest";
import type { ConnectOptions } from "../../src/api/message/index.ts";
import {
  type Association,
  type CloseInfo,
  connect,
  createServer,
  type Server,
  type ServerOptions,
} from "../../src/api/message/index.ts";

/** SCTP port of the servers here; their UDP ports are chosen by the system. */
export const PORT = 5_000;

const opened: { close(options: { associations: "abort" }): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close({ associations: "abort" })));
});

/** Closes it after the test, whatever became of the test. */
export function closing<T extends (typeof opened)[number]>(server: T): T {
  opened.push(server);
  return server;
}

/** A server on 127.0.0.1 at a free UDP port. */
export async function serve(
  options: ServerOptions = {},
  listener?: (association: Association) => void,
  addresses: readonly string[] = ["127.0.0.1"],
): Promise<Server> {
  const server = closing(createServer(options, listener));
  return server.listen({ port: PORT, addresses, udpPort: 0 });
}

/** An association to `server` at all of its addresses. */
export function connectTo(server: Server, options: Partial<ConnectOptions> = {}): Promise<Association> {
  return connect({ port: PORT, addresses: server.addresses, udpPort: server.udpPort, ...options });
}

/** Both ends of a new association. */
export async function pair(
  serverOptions: ServerOptions = {},
  clientOptions: Partial<ConnectOptions> = {},
): Promise<{ server: Server; here: Association; there: Association }> {
  const server = await serve(serverOptions);
  const arrivals = server[Symbol.asyncIterator]();
  const [here, { value: there }] = await Promise.all([connectTo(server, clientOptions), arrivals.next()]);
  if (there === undefined) throw new Error("the server closed");
  return { server, here, there };
}

/** Sends whatever comes back where it came from. */
export async function echo(association: Association): Promise<void> {
  for await (const { data, stream, ppid, unordered } of association) {
    await association.send(data, { stream, ppid, unordered });
  }
}

/** How it ends. (`events.once` would reject: who waits with it listens to `error` too.) */
export function ended(association: Association): Promise<CloseInfo> {
  return new Promise((resolve) => association.once("close", resolve));
}

/** The next message, as text. */
export async function nextText(association: Association): Promise<string | undefined> {
  for await (const { data } of association) return data.toString();
  return undefined;
}

/** What a condition that comes true by itself is waited for with: event-loop turns, bounded by the test's timeout. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Open handles of these kinds; vitest itself has others. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "UDPWrap" || kind === "UDPWRAP").length;
}
