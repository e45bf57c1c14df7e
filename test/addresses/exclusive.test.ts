import { fork } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const PROGRAM = fileURLToPath(new URL("programs/cluster.ts", import.meta.url));

test("§3.6 under node:cluster a port belongs to the one who bound it, not to all", async () => {
  // A number, not 0: the cluster module shares what was asked for under the same number.
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  const primary = fork(PROGRAM, [`${port}`], { execArgv: ["--import", "tsx"] });
  const outcomes = await new Promise<unknown>((resolve, reject) => {
    primary.once("message", resolve);
    primary.once("exit", (code) => reject(new Error(`the cluster ended with ${code}`)));
  });
  primary.disconnect();
  expect(outcomes).toEqual(["listening", "ERR_SCTP_PORT_IN_USE"]);
});
