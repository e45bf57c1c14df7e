import { setImmediate as turn } from "node:timers/promises";
import { type Host, Network } from "@usctp/sim";
import * as names from "usctp/socket";
import { type SctpSocket, SocketError, socket } from "usctp/socket";
import { type Input, Reader, type Step } from "../input.ts";
import { hold, type Target } from "../target.ts";

/**
 * Calls of the sockets API in any order, with any arguments: every one ends, and what fails fails with an
 * errno. The first byte of a step's body says which socket, the rest is what the call takes.
 */

const { AF_INET, SOCK_SEQPACKET, SOCK_STREAM, IPPROTO_SCTP, SOL_SOCKET, IPPROTO_IPV6 } = names;
const PORT = 5_000;
const NEIGHBOUR_PORT = 7_000;
const MOST_SOCKETS = 8;

const VALUES: readonly unknown[] = Object.values(names);
const OPTIONS = Object.entries(names)
  .filter(([name, value]) => /^(SO|SCTP)_[A-Z0-9_]+$/.test(name) && name === value)
  .map(([name]) => name);
const WORDS = VALUES.filter((value): value is string => typeof value === "string");
const FLAGS = VALUES.filter((value): value is number => typeof value === "number");
const ADDRESSES = [
  "10.0.0.1",
  "10.0.1.1",
  "10.0.0.2",
  "10.0.1.2",
  "0.0.0.0",
  "127.0.0.1",
  "::1",
  "fd00::1",
  "x",
  "",
];
const PORTS = [PORT, 0, PORT + 1, 65_535, 65_536, -1];
const NUMBERS = [
  0,
  1,
  2,
  3,
  4,
  5,
  10,
  100,
  1_500,
  65_535,
  65_536,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  -1,
  0.5,
  Number.NaN,
];

/** What options that cannot be read are set with. */
const SHAPES: Readonly<Record<string, readonly string[]>> = {
  SCTP_SET_PEER_PRIMARY_ADDR: ["sspp_assoc_id", "sspp_addr"],
  SCTP_AUTH_CHUNK: ["sauth_chunk"],
  SCTP_AUTH_KEY: ["sca_assoc_id", "sca_keynumber", "sca_key"],
  SCTP_AUTH_DEACTIVATE_KEY: ["scact_assoc_id", "scact_keynumber"],
  SCTP_AUTH_DELETE_KEY: ["scact_assoc_id", "scact_keynumber"],
  SCTP_RESET_STREAMS: ["srs_assoc_id", "srs_flags", "srs_stream_list"],
  SCTP_ADD_STREAMS: ["sas_assoc_id", "sas_instrms", "sas_outstrms"],
};

class World {
  readonly network: Network = new Network({ seed: 1 });
  readonly sockets: SctpSocket[] = [];
  readonly #hosts: readonly Host[];
  readonly #neighbours: SctpSocket[] = [];
  #pending = 0;
  #wrong: unknown;
  #isWrong = false;

  constructor() {
    const a = this.network.host("A", { addresses: ["10.0.0.1", "10.0.1.1"] });
    const z = this.network.host("Z", { addresses: ["10.0.0.2", "10.0.1.2"] });
    this.network.linkPairs(a, z, { delay: 1 });
    this.#hosts = [a, z];
  }

  /** A socket of one of the hosts; when there are many, another use of one that is there. */
  make(reader: Reader): void {
    const host = this.#hosts[reader.u8() & 1];
    if (this.sockets.length >= MOST_SOCKETS || host === undefined) return;
    const type = reader.pick([SOCK_STREAM, SOCK_SEQPACKET]);
    const options = {
      driver: host.driver,
      addressReconfiguration: reader.pick([false, true, "unauthenticated" as const]),
      reconfiguration: reader.pick([true, false]),
    };
    this.sockets.push(socket(AF_INET, type, IPPROTO_SCTP, options));
  }

  /** Does what may fail, but only as a call of this face fails. */
  attempt(call: () => unknown): void {
    try {
      const result = call();
      if (result instanceof names.SctpSocket) this.#adopt(result);
      if (result instanceof Promise) this.#follow(result);
    } catch (error) {
      this.#judge(error);
    }
  }

  #adopt(made: SctpSocket): void {
    if (!this.sockets.includes(made)) this.sockets.push(made);
  }

  #follow(promise: Promise<unknown>): void {
    this.#pending += 1;
    promise
      .then((result) => {
        if (result instanceof names.SctpSocket) this.#adopt(result);
      })
      .catch((error: unknown) => this.#judge(error))
      .finally(() => {
        this.#pending -= 1;
      });
  }

  #judge(error: unknown): void {
    if (error instanceof SocketError || this.#isWrong) return;
    this.#wrong = error;
    this.#isWrong = true;
  }

  async run(ms: number): Promise<void> {
    const slice = Math.max(5, ms / 20);
    for (let at = 0; at < ms; at += slice) {
      await turn();
      this.network.run(slice);
    }
    await turn();
    if (this.#isWrong) throw this.#wrong;
  }

  /** Two sockets that are connected, and that the steps do not touch. */
  async meetNeighbours(): Promise<void> {
    const [a, z] = this.#hosts;
    if (a === undefined || z === undefined) return;
    const server = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, { driver: z.driver });
    const client = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, { driver: a.driver });
    await server.bind({ address: "10.0.0.2", port: NEIGHBOUR_PORT });
    await server.listen(1);
    const accepted = server.accept();
    const connected = client.connect({ address: "10.0.0.2", port: NEIGHBOUR_PORT });
    await this.run(20);
    await connected;
    this.#neighbours.push(client, await accepted, server);
  }

  async checkNeighbours(): Promise<void> {
    const [client, accepted] = this.#neighbours;
    if (client === undefined || accepted === undefined) return;
    for (const [from, to] of [
      [client, accepted],
      [accepted, client],
    ] as const) {
      await from.send(Uint8Array.of(1, 2, 3));
      await this.run(500);
      const { data } = to.immediate.recvfrom();
      hold(data.length === 3, "the neighbour does not get its message");
    }
  }

  /** After everything is closed no call waits any more, and nothing is left. */
  async end(): Promise<void> {
    for (const each of [...this.sockets, ...this.#neighbours]) {
      this.attempt(() => each.setsockopt(SOL_SOCKET, names.SO_LINGER, { l_onoff: 1, l_linger: 0 }));
      this.attempt(() => each.close());
    }
    await this.run(2_000);
    // Sockets that were accepted while others were being closed.
    for (const each of this.sockets) this.attempt(() => each.close());
    await this.run(600_000);
    hold(this.#pending === 0, () => `${this.#pending} calls do not end though their sockets are closed`);
    for (const host of this.#hosts) {
      hold(
        host.stack.associations === 0,
        () => `${host.name} has ${host.stack.associations} associations left`,
      );
    }
  }
}

type Call = (world: World, socket: SctpSocket, reader: Reader) => unknown;

function address(reader: Reader): unknown {
  return { address: reader.pick(ADDRESSES), port: reader.pick(PORTS) };
}

function addresses(reader: Reader): unknown {
  return Array.from({ length: reader.u8() % 4 }, () => address(reader));
}

/** A value of any kind. */
function anything(reader: Reader): unknown {
  switch (reader.u8() % 10) {
    case 0:
      return undefined;
    case 1:
      return reader.pick(WORDS);
    case 2:
      return address(reader);
    case 3:
      return reader.pick(FLAGS);
    case 4:
      return Uint8Array.from(reader.rest().subarray(0, 20));
    case 5:
      return Array.from({ length: reader.u8() % 4 }, () => reader.pick(NUMBERS));
    case 6:
      return null;
    case 7:
      return reader.u32();
    default:
      return reader.pick(NUMBERS);
  }
}

/** A structure like this one, with some members of other values. */
function like(value: unknown, reader: Reader): unknown {
  if (typeof value !== "object" || value === null) return anything(reader);
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, reader.u8() % 3 === 0 ? anything(reader) : member]),
  );
}

function invoke(target: object, name: string, ...values: readonly unknown[]): unknown {
  const method: unknown = Reflect.get(target, name);
  if (typeof method !== "function") throw new TypeError(`no ${name}`);
  return Reflect.apply(method, target, values);
}

function flags(reader: Reader): number {
  return reader.u8() % 3 === 0 ? reader.pick(FLAGS) : 0;
}

function bytes(reader: Reader): Uint8Array {
  return new Uint8Array(reader.pick([1, 4, 100, 1_500, 5_000, 70_000, 0]));
}

function assocId(reader: Reader): number {
  return reader.pick([3, 4, 5, 6, 0, 1, 2, 7, -1, 2 ** 32]);
}

function sndInfo(reader: Reader): Record<string, unknown> {
  return {
    snd_sid: reader.pick([0, 1, 2, 9, 65_535, 65_536]),
    snd_flags: flags(reader),
    snd_ppid: reader.u32(),
    snd_context: reader.u16(),
    snd_assoc_id: assocId(reader),
  };
}

function sendv(reader: Reader): unknown {
  const prinfo = {
    pr_policy: reader.pick([names.SCTP_PR_SCTP_NONE, names.SCTP_PR_SCTP_TTL, names.SCTP_PR_SCTP_RTX, "x"]),
    pr_value: reader.pick(NUMBERS),
  };
  const authinfo = { auth_keynumber: reader.pick(NUMBERS) };
  const addrs = reader.u8() % 2 === 0 ? undefined : addresses(reader);
  switch (reader.u8() % 5) {
    case 0:
      return { addrs, flags: flags(reader), infotype: names.SCTP_SENDV_SNDINFO, info: sndInfo(reader) };
    case 1:
      return { addrs, infotype: names.SCTP_SENDV_PRINFO, info: prinfo };
    case 2:
      return { addrs, infotype: names.SCTP_SENDV_AUTHINFO, info: authinfo };
    case 3: {
      const info = { sendv_flags: reader.u8(), sendv_sndinfo: sndInfo(reader), sendv_prinfo: prinfo };
      return { addrs, infotype: names.SCTP_SENDV_SPA, info: { ...info, sendv_authinfo: authinfo } };
    }
    default:
      return like({ addrs, flags: 0, infotype: undefined, info: undefined }, reader);
  }
}

function getOption(from: SctpSocket, name: string, query: unknown): unknown {
  return invoke(from, "getsockopt", IPPROTO_SCTP, name, query);
}

/** Bound: the calls of this list. */
const CALLS: readonly Call[] = [
  (world, _, reader) => world.make(reader),
  (_, at, reader) => invoke(at, "bind", address(reader)),
  (_, at, reader) => invoke(at, "listen", reader.pick([1, 5, 0, -1, 2 ** 31])),
  (_, at) => invoke(at.immediate, "accept"),
  (_, at, reader) => invoke(at, "connect", address(reader)),
  (_, at, reader) => invoke(at, "connectx", addresses(reader)),
  (_, at, reader) => invoke(at, "sendv", bytes(reader), sendv(reader)),
  (_, at, reader) => invoke(at.immediate, "sendv", bytes(reader), sendv(reader)),
  (_, at, reader) => invoke(at, "send", bytes(reader), flags(reader)),
  (_, at, reader) => invoke(at, "sendto", bytes(reader), flags(reader), address(reader)),
  (_, at, reader) =>
    invoke(at, "sctp_send", bytes(reader), like({ sinfo_stream: 0, sinfo_flags: 0 }, reader)),
  (_, at, reader) => invoke(at, "recvv", { length: reader.pick(NUMBERS), flags: flags(reader) }),
  (_, at, reader) => invoke(at.immediate, "recvmsg", { length: reader.pick([1, 100, 1e5]) }),
  (_, at, reader) => invoke(at.immediate, "recvv", like({ length: 100, flags: 0 }, reader)),
  (_, at, reader) => {
    const name = reader.pick(OPTIONS);
    return invoke(at, "setsockopt", IPPROTO_SCTP, name, changedOption(at, name, reader));
  },
  (_, at, reader) => {
    const level = reader.pick([SOL_SOCKET, IPPROTO_IPV6, "x"]);
    return invoke(at, "setsockopt", level, reader.pick(OPTIONS), anything(reader));
  },
  (_, at, reader) => getOption(at, reader.pick(OPTIONS), like({ assoc_id: assocId(reader) }, reader)),
  (_, at, reader) => invoke(at, "opt_info", assocId(reader), reader.pick(OPTIONS), anything(reader)),
  (_, at, reader) =>
    invoke(at, "shutdown", reader.pick([names.SHUT_RD, names.SHUT_WR, names.SHUT_RDWR, "x"])),
  (_, at) => at.close(),
  (_, at, reader) => invoke(at, "peeloff", assocId(reader)),
  (_, at, reader) => invoke(at, "bindx", addresses(reader), reader.pick([1, 2, 3])),
  (_, at, reader) => invoke(at, "getpaddrs", assocId(reader)),
  (_, at, reader) => invoke(at, "getladdrs", assocId(reader)),
  (_, at, reader) => invoke(at, reader.pick(["getsockname", "getpeername", "readable", "ref", "unref"])),
  (_, at, reader) => invoke(at, "writable", assocId(reader)),
];
const TIME = CALLS.length;
/** Two connected sockets in the list, in one step: by chance they are rare. */
const CONNECTED = TIME + 1;

function changedOption(at: SctpSocket, name: string, reader: Reader): unknown {
  const shape = SHAPES[name];
  if (shape !== undefined) return Object.fromEntries(shape.map((member) => [member, anything(reader)]));
  try {
    return like(getOption(at, name, undefined), reader);
  } catch {
    return anything(reader);
  }
}

async function connectPair(world: World, isMany: boolean): Promise<void> {
  const from = world.sockets.length;
  world.make(new Reader(Uint8Array.of(1, isMany ? 1 : 0, 1, 0)));
  world.make(new Reader(Uint8Array.of(0, isMany ? 1 : 0, 1, 0)));
  const [server, client] = world.sockets.slice(from);
  if (server === undefined || client === undefined) return;
  world.attempt(() => server.bind({ address: "0.0.0.0", port: PORT }));
  await world.run(1);
  world.attempt(() => server.listen(5));
  await world.run(1);
  world.attempt(() => client.connect({ address: "10.0.0.2", port: PORT }));
  await world.run(20);
  if (!isMany) world.attempt(() => server.immediate.accept());
}

async function play(world: World, { kind, body }: Step): Promise<void> {
  const reader = new Reader(body);
  const which = kind % (CONNECTED + 1);
  const at = world.sockets[reader.u8() % Math.max(1, world.sockets.length)];
  if (which === TIME) return world.run(reader.u16());
  if (which === CONNECTED) return connectPair(world, (reader.u8() & 1) === 1);
  const call = CALLS[which];
  if (call === undefined) return;
  if (which === 0 || at === undefined) world.make(reader);
  else world.attempt(() => call(world, at, reader));
  await turn();
  world.network.run(1);
}

function seeds(): Input[] {
  const inputs: Input[] = [];
  const head = Uint8Array.of(0, 0);
  const step = (kind: number, ...body: number[]): Step => ({ kind, body: Uint8Array.from(body) });
  for (let isMany = 0; isMany < 2; isMany++) {
    for (let call = 1; call < CALLS.length; call++) {
      const steps = [0, 1, 2].map((at) => step(call, at, 0, 0, call, at, 0, 1, 2, 3));
      inputs.push({ head, steps: [step(CONNECTED, 0, isMany), ...steps, step(TIME, 0, 0, 50)] });
      inputs.push({ head, steps: [step(0, 0, isMany, 0, 0), ...steps] });
    }
    for (let option = 0; option < OPTIONS.length; option++) {
      const steps = [step(14, 1, option, 0, 8, 1), step(16, 1, option, 1), step(17, 1, 0, option, 0)];
      inputs.push({ head, steps: [step(CONNECTED, 0, isMany), ...steps] });
    }
  }
  return inputs;
}

export const sockets: Target = {
  name: "sockets",
  summary: "calls and options of the sockets API in any order",
  kinds: CONNECTED + 1,
  dictionary: [0, 1, 2, 3, 4, 0x0e000000, 0x10000000, 0x06000000],
  seeds,
  run: async ({ steps }) => {
    const world = new World();
    await world.meetNeighbours();
    for (const each of steps) await play(world, each);
    await world.run(100);
    await world.checkNeighbours();
    await world.end();
  },
};
