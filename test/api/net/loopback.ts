import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { afterEach } from "vitest";
import {
  type ConnectOptions,
  connect,
  createServer,
  type ListenOptions,
  type MessageBuffer,
  type Server,
  type ServerOptions,
  type Socket,
} from "../../../src/api/net/index.ts";

/** SCTP port of the servers here; their UDP ports are chosen by the system. */
export const PORT = 5_000;

const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.on("error", () => {}).destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** Destroys it after the test, whatever became of the test. */
export function ending(socket: Socket): Socket {
  sockets.push(socket);
  return socket;
}

/** A server that is closed after the test, with all of its sockets. */
export function newServer(options: ServerOptions = {}, listener?: (socket: Socket) => void): Server {
  const server = createServer(options, listener);
  server.on("connection", ending);
  servers.push(server);
  return server;
}

/** A server on 127.0.0.1, listening. */
export async function serve(
  options: Partial<ListenOptions> = {},
  listener?: (socket: Socket) => void,
): Promise<Server> {
  const server = newServer({}, listener);
  server.listen({ port: PORT, host: "127.0.0.1", udpPort: 0, ...options });
  await once(server, "listening");
  return server;
}

/** What `connect` takes for `server`. */
export function to(server: Server, options: Partial<ConnectOptions> = {}): ConnectOptions {
  const where = options.remoteAddresses === undefined ? { host: server.address()?.address } : {};
  return { port: PORT, udpPort: server.udpPort, ...where, ...options };
}

export function connectTo(server: Server, options: Partial<ConnectOptions> = {}): Socket {
  return ending(connect(to(server, options)));
}

/** Both ends of a new association. */
export async function pair(
  listenOptions: Partial<ListenOptions> = {},
  connectOptions: Partial<ConnectOptions> = {},
): Promise<{ server: Server; here: Socket; there: Socket }> {
  const server = await serve(listenOptions);
  const here = connectTo(server, connectOptions);
  const [[there]] = (await Promise.all([once(server, "connection"), once(here, "connect")])) as [
    [Socket],
    unknown,
  ];
  return { server, here, there };
}

/** Its next message, `error` or whatever else it emits. */
export async function next<T = MessageBuffer>(
  emitter: NodeJS.EventEmitter,
  event: string = "data",
): Promise<T> {
  const [value] = await new Promise<unknown[]>((resolve) => {
    emitter.once(event, (...values: unknown[]) => resolve(values));
  });
  return value as T;
}

/** How it closes: `hadError`. `events.once` would reject with its error. */
export function closed(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => socket.once("close", resolve));
}

/** What a condition that comes true by itself is waited for with: event-loop turns, bounded by the test's timeout. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Open handles of these kinds; vitest itself has others. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "UDPWrap" || kind === "UDPWRAP").length;
}

/** An address of 127.0.0.0/8 that nobody else is at: for what stays on the UDP port of SCTP, 9,899. */
export function freshLoopback(): string {
  const [a, b, c] = randomBytes(3) as unknown as [number, number, number];
  return `127.${a}.${b}.${(c % 254) + 1}`;
}
