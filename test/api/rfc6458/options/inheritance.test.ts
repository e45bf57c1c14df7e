import {
  AF_INET,
  type AF_INET6,
  IPPROTO_SCTP,
  type OptionName,
  SCTP_ADAPTATION_LAYER,
  SCTP_ALL_ASSOC,
  SCTP_CURRENT_ASSOC,
  SCTP_FUTURE_ASSOC,
  SCTP_GET_ASSOC_ID_LIST,
  SCTP_INITMSG,
  SCTP_REMOTE_UDP_ENCAPS_PORT,
  type SctpSocket,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import { at, SOCK_SEQPACKET, SOCK_STREAM, World } from "../support.ts";
import { expected, get, type Row, readWrite, set, setFor } from "./table.ts";

/** Whom an option applies to (RFC 6458 §7.2, §8, §9.2). */

const shared = readWrite.filter(([, { beforeBind }]) => beforeBind !== true);
const withId = shared.filter(([, { takes }]) => takes === "one" || takes === "any");
const withoutId = shared.filter(([, { id }]) => id === undefined);

/** A one-to-many socket that listens, with two associations; `connect` makes another one. */
class Server {
  readonly world: World = new World();
  readonly socket: SctpSocket;
  readonly #domain: typeof AF_INET | typeof AF_INET6;

  constructor({ domain }: Row) {
    this.#domain = domain ?? AF_INET;
    this.socket = this.world.socket(this.world.z, SOCK_SEQPACKET, this.#domain);
  }

  async open(): Promise<readonly [number, number]> {
    await this.socket.bind({ address: this.#domain === AF_INET ? "0.0.0.0" : "::", port: 5_000 });
    await this.socket.listen(5);
    return [await this.connect(), await this.connect()];
  }

  /** The id that the association has here. */
  async connect(): Promise<number> {
    const client = this.world.socket(this.world.a);
    await this.world.until(client.connect(at("10.0.0.2")));
    await this.world.run(5);
    return this.socket.getsockopt(IPPROTO_SCTP, SCTP_GET_ASSOC_ID_LIST).gaids_assoc_id.at(-1) ?? 0;
  }
}

/** What an option is, its id left out. */
function values(socket: SctpSocket, name: OptionName, id: number, { id: member }: Row): unknown {
  const value = get(socket, name, id);
  return typeof value === "object" && member !== undefined ? { ...value, [member]: 0 } : value;
}

function changed(name: OptionName): unknown {
  const value = expected(name);
  return typeof value === "object" ? expect.objectContaining(value as object) : value;
}

describe("SCTP_FUTURE_ASSOC, SCTP_CURRENT_ASSOC, SCTP_ALL_ASSOC and an id", () => {
  test.each(withId)("%s of the socket is that of associations that come later", async (name, row) => {
    const server = new Server(row);
    const [first, second] = await server.open();
    row.prepare?.(server.socket);
    const before = [first, second].map((id) => values(server.socket, name, id, row));
    setFor(server.socket, name, SCTP_FUTURE_ASSOC);
    expect(get(server.socket, name, SCTP_FUTURE_ASSOC)).toEqual(changed(name));
    expect([first, second].map((id) => values(server.socket, name, id, row))).toEqual(before);
    const third = await server.connect();
    expect(values(server.socket, name, third, row)).toEqual(changed(name));
  });

  test.each(withId)("%s of one association is its own", async (name, row) => {
    const server = new Server(row);
    const [first, second] = await server.open();
    row.prepare?.(server.socket);
    const before = [second, 0].map((id) => values(server.socket, name, id, row));
    setFor(server.socket, name, first);
    expect(values(server.socket, name, first, row)).toEqual(changed(name));
    expect([second, 0].map((id) => values(server.socket, name, id, row))).toEqual(before);
    const third = await server.connect();
    expect(values(server.socket, name, third, row)).not.toEqual(changed(name));
  });

  test.each(withId.filter(([, { takes }]) => takes === "any"))(
    "%s of all current ones, and then of all",
    async (name, row) => {
      const server = new Server(row);
      const [first, second] = await server.open();
      row.prepare?.(server.socket);
      const before = get(server.socket, name, SCTP_FUTURE_ASSOC);
      setFor(server.socket, name, SCTP_CURRENT_ASSOC);
      for (const id of [first, second]) expect(values(server.socket, name, id, row)).toEqual(changed(name));
      expect(get(server.socket, name, SCTP_FUTURE_ASSOC)).toEqual(before);

      const other = new Server(row);
      const [third] = await other.open();
      row.prepare?.(other.socket);
      setFor(other.socket, name, SCTP_ALL_ASSOC);
      for (const id of [SCTP_FUTURE_ASSOC, third])
        expect(values(other.socket, name, id, row)).toEqual(changed(name));
    },
  );

  test.each(shared.filter(([, { takes }]) => takes === "future"))(
    "%s says of an association what was negotiated, and is set for those to come",
    async (name, row) => {
      const server = new Server(row);
      const [first] = await server.open();
      row.prepare?.(server.socket);
      setFor(server.socket, name, SCTP_FUTURE_ASSOC);
      expect(get(server.socket, name)).toEqual(changed(name));
      expect(get(server.socket, name, first)).toEqual({ ...(row.initial as object), assoc_id: first });
      expect(() => setFor(server.socket, name, first)).toThrow("for associations to come");
    },
  );
});

describe("one-to-one sockets", () => {
  test.each(shared.filter(([, { style }]) => style !== "one-to-many"))(
    "an accepted one has %s of its listener, and then goes its own way",
    async (name, row) => {
      const world = new World();
      const listening = await world.listener(world.z, SOCK_STREAM, row.domain ?? AF_INET);
      const before = get(listening, name);
      const early = world.socket(world.a);
      await world.until(early.connect(at("10.0.0.2")));
      const first = await world.until(listening.accept());
      row.prepare?.(listening);
      setFor(listening, name);
      const late = world.socket(world.a);
      await world.until(late.connect(at("10.0.0.2")));
      const second = await world.until(listening.accept());
      const isNegotiated = row.takes === "future";
      if (!isNegotiated) {
        expect(values(first, name, 0, row)).not.toEqual(changed(name));
        expect(values(second, name, 0, row)).toEqual(changed(name));
      }
      // The accepted one's are not the listener's.
      set(listening, name, before);
      if (!isNegotiated) expect(values(second, name, 0, row)).toEqual(changed(name));
      row.prepare?.(first);
      setFor(first, name);
      expect(get(listening, name)).toEqual(before);
    },
  );

  // With another UDP port the peer would not be reached: see paths.test.ts.
  const settable = shared.filter(
    ([name, { style, takes }]) =>
      style !== "one-to-many" && takes !== "future" && name !== SCTP_REMOTE_UDP_ENCAPS_PORT,
  );

  test.each(settable)("%s can be set before connecting and after", async (name, row) => {
    const world = new World();
    await world.listener(world.z, SOCK_STREAM, row.domain ?? AF_INET);
    for (const isLate of [false, true]) {
      const here = world.socket(world.a, SOCK_STREAM, row.domain ?? AF_INET);
      row.prepare?.(here);
      if (!isLate) setFor(here, name);
      await world.until(here.connect(at("10.0.0.2")));
      if (isLate) setFor(here, name);
      expect(values(here, name, 0, row)).toEqual(changed(name));
    }
  });
});

describe("peeled-off sockets", () => {
  test.each(withId)("keep %s of the association, and are on their own then", async (name, row) => {
    const server = new Server(row);
    const [first, second] = await server.open();
    row.prepare?.(server.socket);
    setFor(server.socket, name, first);
    const before = [second, 0].map((id) => values(server.socket, name, id, row));
    const peeled = server.socket.peeloff(first);
    expect(values(peeled, name, 0, row)).toEqual(changed(name));
    const other = server.socket.peeloff(second);
    setFor(other, name);
    expect(values(other, name, 0, row)).toEqual(changed(name));
    expect(values(server.socket, name, 0, row)).toEqual(before[1]);
  });

  // An association has what it was set up with, and its socket sets none up.
  const ofSetup: readonly string[] = [SCTP_INITMSG, SCTP_ADAPTATION_LAYER];
  test.each(withoutId.filter(([name, { style }]) => style === undefined && !ofSetup.includes(name)))(
    "keep %s of the socket, and are on their own then",
    async (name, row) => {
      const server = new Server(row);
      const [first, second] = await server.open();
      const before = get(server.socket, name);
      row.prepare?.(server.socket);
      setFor(server.socket, name);
      const peeled = server.socket.peeloff(first);
      expect(get(peeled, name)).toEqual(changed(name));
      set(server.socket, name, before);
      expect(get(peeled, name)).toEqual(changed(name));
      const other = server.socket.peeloff(second);
      row.prepare?.(other);
      setFor(other, name);
      expect(get(server.socket, name)).toEqual(before);
    },
  );
});
