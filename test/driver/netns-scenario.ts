/**
 * What netns.test.ts runs inside a network namespace, in a process of its own: `node --import tsx netns-scenario.ts
 * <name> <args>`. Prints what it saw, one JSON value a line.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import type { IpAddress } from "../../src/base/address.ts";
import { localAddresses } from "../../src/datagram/interfaces.ts";
import { sourceTowards } from "../../src/datagram/routes.ts";
import { UdpTransport } from "../../src/datagram/udp.ts";
import { SharedDrivers } from "../../src/driver/shared-drivers.ts";
import { type Surroundings, UdpDriver } from "../../src/driver/udp-driver.ts";
import { Inbox, ip, sendText } from "../datagram/support.ts";
import { FakeStack, fakeEndpoint } from "./support.ts";

function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function address(verb: "add" | "del", ...args: string[]): void {
  execFileSync("ip", ["addr", verb, ...args, "dev", "eth0"]);
}

/** A stack that sends every datagram back, from where it came to. */
class EchoStack extends FakeStack {
  override onDatagram: FakeStack["onDatagram"] = ({ bytes, source, sourcePort, destination }) => {
    this.outgoing.push({ bytes, source: destination, destination: source, port: sourcePort });
  };
}

/** §3.1, §3.7: the system has two numbers to choose from, and one is taken at the second address. */
async function portRange(): Promise<void> {
  writeFileSync("/proc/sys/net/ipv4/ip_local_port_range", "50000 50001");
  const [a, b] = [ip("127.0.0.1"), ip("127.0.0.2")];
  const taken = await UdpTransport.open({ port: 50_000, addresses: [b] });
  const ports: number[] = [];
  for (let i = 0; i < 20; i++) {
    const transport = await UdpTransport.open({ port: 0, addresses: [a, b] });
    ports.push(transport.port);
    await transport.close();
  }
  await taken.close();
  const drivers = new SharedDrivers(() => new FakeStack());
  let shared = 0;
  for (let i = 0; i < 20; i++) {
    const one = await drivers.acquire({ udpPort: 0, addresses: [a] });
    const two = await drivers.acquire({ udpPort: 0, addresses: [b] });
    if (one.driver.udpPort === two.driver.udpPort) shared++;
    await Promise.all([one.release(), two.release()]);
  }
  say({ ports, shared });
}

/** §3.5: addresses appear, are tentative, and vanish under a wildcard. */
async function wildcard(): Promise<void> {
  const drivers = new SharedDrivers(() => new FakeStack());
  const skipped: string[] = [];
  const waiting: { until: (now: readonly string[]) => boolean; resolve: () => void }[] = [];
  // No `nodad`, and a long detection: it cannot be bound now, nor when it is tried again for the first time.
  writeFileSync("/proc/sys/net/ipv6/conf/eth0/dad_transmits", "3");
  address("add", "fd00:9::1/64");
  const lease = await drivers.acquire({
    udpPort: 9899,
    addresses: ["0.0.0.0", "::"],
    onSkipped: (skippedAddress) => skipped.push(skippedAddress),
    onAddresses: (now) => {
      for (const each of waiting) if (each.until(now)) each.resolve();
    },
  });
  // The watch alone would not keep this process.
  lease.driver.attach(fakeEndpoint(), () => {});
  const reached = (until: (now: readonly string[]) => boolean): Promise<void> =>
    until(lease.addresses) ? Promise.resolve() : new Promise((resolve) => waiting.push({ until, resolve }));
  const atFirst = lease.addresses;
  await reached((now) => now.includes("fd00:9::1"));
  address("add", "10.8.0.2/24");
  await reached((now) => now.includes("10.8.0.2"));
  await lease.remove([ip("10.8.0.2")]);
  address("del", "10.9.0.1/24");
  await reached((now) => !now.includes("10.9.0.1"));
  const { addresses } = lease;
  const known = lease.driver.stack.addresses;
  await lease.release();
  say({ atFirst, skipped, addresses, known });
}

/** An echo over every address of this namespace. */
async function echo(): Promise<void> {
  const drivers = new SharedDrivers(() => new EchoStack());
  const lease = await drivers.acquire({ udpPort: 9899, addresses: ["0.0.0.0", "::"] });
  lease.driver.attach(fakeEndpoint(), () => {});
  say(
    localAddresses()
      .filter(({ interfaceName }) => interfaceName === "eth0")
      .map((local) => local.address),
  );
  process.stdin.on("close", () => void lease.release()).resume();
}

/** §3.8, §3.9: asks an echo at each of `destinations`, and says which source the answers had. */
async function ask(...destinations: string[]): Promise<void> {
  const answers: Record<string, IpAddress> = {};
  for (const text of destinations) {
    const destination = ip(text);
    const source = await sourceTowards(destination);
    if (source === undefined) throw new Error(`no route to ${text}`);
    const transport = await UdpTransport.open({ port: 0, addresses: [source] });
    const inbox = new Inbox();
    transport.start(inbox);
    await sendText(transport, { text: "hi", source, destination, port: 9899 });
    answers[text] = (await inbox.next()).source;
    await transport.close();
  }
  say(answers);
}

/** §3.10, §3.15: what the system tells of links and routes. */
async function links(...destinations: string[]): Promise<void> {
  const sources: Record<string, unknown> = {};
  for (const text of destinations) sources[text] = (await sourceTowards(ip(text))) ?? null;
  const bound = [ip("127.0.0.1"), ip("10.9.0.1")];
  const mtus: number[] = [];
  for (const mtu of ["1400", "9000"]) {
    execFileSync("ip", ["link", "set", "eth0", "mtu", mtu]);
    const transport = await UdpTransport.open({ port: 0, addresses: bound });
    let surroundings: Surroundings | undefined;
    const driver = new UdpDriver({
      transport,
      createStack(given) {
        surroundings = given;
        return new FakeStack();
      },
    });
    for (const source of bound) mtus.push(surroundings?.linkMtu(source) ?? 0);
    sources.own = surroundings?.isOwnAddress(ip("10.9.0.1"));
    await driver.close();
  }
  say({ sources, mtus });
}

/** An address vanishes while its socket is open: what a send says. */
async function vanish(): Promise<void> {
  const [gone, stays, destination] = [ip("10.9.0.1"), ip("10.8.0.3"), ip("10.8.0.9")];
  const transport = await UdpTransport.open({ port: 0, addresses: [gone, stays] });
  transport.start(new Inbox());
  address("del", "10.9.0.1/24");
  const codes: unknown[] = [];
  for (const source of [gone, stays]) {
    codes.push((await sendText(transport, { text: "x", source, destination, port: 9 })) ?? "sent");
  }
  await transport.close();
  say(codes);
}

const scenarios: Record<string, (...args: string[]) => Promise<void>> = {
  portRange,
  wildcard,
  echo,
  ask,
  links,
  vanish,
};

const [name = "", ...args] = process.argv.slice(2);
await scenarios[name]?.(...args);
