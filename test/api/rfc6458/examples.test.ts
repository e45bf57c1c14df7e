import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { NamespacePair } from "../../driver/netns.ts";
import { describeNamespaces } from "../../support/describe-namespaces.ts";

/** The programs of docs/examples/socket, as their readers run them: a process each. */

interface Program {
  /** The next line that it prints. */
  readonly line: () => Promise<string>;
  /** The lines until it ended by itself. */
  readonly rest: () => Promise<readonly string[]>;
}

function run(name: string, args: readonly string[], namespace?: string): Program {
  const path = fileURLToPath(new URL(`../../../docs/examples/socket/${name}`, import.meta.url));
  const node = [process.execPath, "--import", "tsx", path, ...args];
  const inside = namespace === undefined ? node : ["ip", "netns", "exec", namespace, ...node];
  const child: ChildProcess = spawn(inside[0] as string, inside.slice(1), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  onTestFinished(async () => {
    child.kill();
    await exited;
  });
  if (child.stdout === null) throw new Error("no output");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    line: async () => {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`${name} ended`);
      return value;
    },
    rest: async () => {
      const left: string[] = [];
      for (let next = await lines.next(); next.done !== true; next = await lines.next())
        left.push(next.value);
      expect(await exited).toEqual([0, null]);
      return left;
    },
  };
}

const LOCAL = "127.0.6.2,127.0.6.3,::1";

test("a client with two IPv4 addresses and an IPv6 one, and a one-to-many echo server with notifications", async () => {
  const server = run("one-to-many-echo.ts", ["127.0.6.1"]);
  expect(await server.line()).toContain("listening at 127.0.6.1, SCTP port 5000, UDP port 9899");
  const client = run("bindx-client.ts", ["127.0.6.1", LOCAL]);
  expect(await client.rest()).toEqual(["from 127.0.6.2 127.0.6.3 ::1 to 127.0.6.1", "hello from 127.0.6.1"]);
  const told = [await server.line()];
  while (!told.at(-1)?.includes("SCTP_SHUTDOWN_COMP")) told.push(await server.line());
  expect(told[0]).toBe("association 3: SCTP_COMM_UP");
  expect(told).toContain("5 bytes on stream 0 of association 3");
  expect(told).toContain("association 3: the peer has shut down");
});

test("a server that peels each association off", async () => {
  const server = run("peeloff-echo.ts", ["127.0.6.4"]);
  await server.line();
  for (let i = 0; i < 2; i++) {
    expect((await run("bindx-client.ts", ["127.0.6.4", LOCAL]).rest()).at(-1)).toBe("hello from 127.0.6.4");
    expect(await server.line()).toMatch(/^127\.0\.6\.2 port \d+ has a socket of its own$/);
    expect(await server.line()).toMatch(/^127\.0\.6\.2 port \d+ is gone$/);
  }
});

test("a listener at a mapped address, which shows its peers so", async () => {
  const listener = run("mapped-listener.ts", ["::ffff:127.0.6.5"]);
  expect(await listener.line()).toBe("listening at ::ffff:127.0.6.5");
  const client = run("bindx-client.ts", ["127.0.6.5", LOCAL]);
  expect((await client.rest()).at(-1)).toBe("hello from 127.0.6.5");
  expect(await listener.line()).toBe("a peer at ::ffff:127.0.6.2");
});

test("a server that takes who knows its key, and answers nobody else", async () => {
  const server = run("authenticated-echo.ts", ["127.0.6.6"]);
  expect(await server.line()).toBe("listening at 127.0.6.6");
  const stranger = run("authenticated-client.ts", ["127.0.6.6", "another"]);
  expect(await stranger.rest()).toEqual(["ETIMEDOUT"]);
  const client = run("authenticated-client.ts", ["127.0.6.6"]);
  expect(await client.rest()).toEqual([
    "the server requires chunks of types 0, 10 authenticated",
    "hello from 127.0.6.6",
  ]);
  expect(await server.line()).toBe("SCTP_AUTH_NEW_KEY, key 1");
});

describeNamespaces("between two network namespaces", () => {
  test("a wildcard server answers from the address that was asked, IPv4 and IPv6", async () => {
    const pair = new NamespacePair();
    onTestFinished(() => pair.remove());
    pair.assign(pair.a, "10.9.0.1/24", "10.9.0.4/24", "fd00:9::1/64");
    pair.assign(pair.b, "10.9.0.2/24", "10.9.0.3/24", "fd00:9::2/64", "fd00:9::3/64");
    const server = run("wildcard-echo.ts", [], pair.b);
    const listening = await server.line();
    for (const address of ["10.9.0.2", "10.9.0.3", "fd00:9::2", "fd00:9::3"]) {
      expect(listening.split(" ")).toContain(address);
      const lines = await run("bindx-client.ts", [address, "10.9.0.1,10.9.0.4,fd00:9::1"], pair.a).rest();
      expect(lines.at(-1)).toBe(`hello from ${address}`);
    }
  });
});
