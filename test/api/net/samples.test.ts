import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, onTestFinished, test, vi } from "vitest";
import { freshLoopback } from "./loopback.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "usctp-net-"));
const env = { ...process.env, TSX_TSCONFIG_PATH: join(root, "tsconfig.json") };
/** ms; who does not exit by itself is killed then, and the test fails. */
const TIMEOUT = 20_000;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Copies of programs of docs/examples/net at an address of their own: others may be on 127.0.0.1 and the UDP port of
 * SCTP now.
 */
function programs(...names: readonly string[]): string[] {
  const address = freshLoopback();
  return names.map((name) => {
    const text = readFileSync(join(root, "docs/examples/net", name), "utf8")
      .replaceAll("127.0.0.1", address)
      .replace("{ port: 2905 }", `{ port: 2905, host: "${address}" }`);
    expect(text).toContain(address);
    const path = join(folder, name.replace(/\.ts$/, ".mts"));
    writeFileSync(path, text);
    return path;
  });
}

const run = (path: string): Promise<{ stdout: string; stderr: string }> =>
  promisify(execFile)(process.execPath, ["--import", "tsx", path], { cwd: root, env, timeout: TIMEOUT });

test.each(["as it is", "without its process.exit()"])("the example of sctp's README runs %s", async (how) => {
  const [path = ""] = programs("sctp-readme.ts");
  if (how !== "as it is") writeFileSync(path, readFileSync(path, "utf8").replace("process.exit();", ""));
  const { stdout, stderr } = await run(path);
  expect(stderr).toBe("");
  expect(stdout.trimEnd().split("\n").toSorted()).toEqual([
    expect.stringMatching(/^remote socket connected from 127\.0\.0\.1 \d+$/),
    "server listening",
    expect.stringMatching(
      /^server socket received data <Buffer 01 00 03 01 00 00 00 10 00 11 00 08 00 00 03 ea/,
    ),
    "socket connected",
    expect.stringMatching(/^socket received data from server <Buffer 01 00 03 04 00 00 00 10/),
  ]);
});

test("the samples of node-lksctp talk to each other, and the client's ends by itself", async () => {
  const [serverPath = "", clientPath = ""] = programs("lksctp-server.ts", "lksctp-client.ts");
  const server = spawn(process.execPath, ["--import", "tsx", serverPath], {
    cwd: root,
    env,
    timeout: TIMEOUT,
  });
  onTestFinished(() => {
    server.kill();
  });
  const lines: string[] = [];
  const reader = createInterface(server.stdout).on("line", (line) => lines.push(line));
  let errors = "";
  server.stderr.on("data", (data) => {
    errors += data;
  });
  await once(reader, "line");
  expect(lines).toEqual(["SCTP server listening on :12345"]);

  const client = await run(clientPath);
  expect(client.stdout.trimEnd().split("\n")).toEqual([
    "client connected",
    "sending test message",
    "connection ended",
    "connection closed",
  ]);
  expect(client.stderr).toBe("");

  await vi.waitUntil(() => lines.length >= 4, TIMEOUT);
  expect(errors).toBe("");
  expect(lines.slice(1)).toEqual([
    expect.stringMatching(/^incoming connection from 127\./),
    expect.stringMatching(/^received data <Buffer 68 65 6c 6c 6f 20 77 6f 72 6c 64/),
    "socket ended",
  ]);
});
