import { readArguments } from "./arguments.ts";
import { type ConnectOptions, connectPlan } from "./options.ts";
import { Socket } from "./socket.ts";

/**
 * Makes a socket and connects it, as `net.connect`: `(options, listener?)` or `(port, host?, listener?)`. Throws and
 * fails as `socket.connect` does.
 */
export function connect(options: ConnectOptions, listener?: () => void): Socket;
export function connect(port: number | string, host?: string | null, listener?: () => void): Socket;
export function connect(port: number | string, listener?: () => void): Socket;
export function connect(...given: readonly unknown[]): Socket {
  const { options, listener } = readArguments("connect()", given, ["host"]);
  // Before there is a socket, and in the name of this function.
  connectPlan(options);
  return new Socket(options).connect(options as object as ConnectOptions, listener);
}
