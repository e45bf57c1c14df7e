import { type Endpoint, type IpAddress, parseAddress } from "usctp/core";
import {
  AF_INET,
  IPPROTO_SCTP,
  SCTP_ADDR_ADDED,
  SCTP_ADDR_CONFIRMED,
  SCTP_ADDR_MADE_PRIM,
  SCTP_ADDR_REMOVED,
  SCTP_ASSOC_CHANGE,
  SCTP_ASSOC_SUPPORTS_ASCONF,
  SCTP_AUTO_ASCONF,
  SCTP_BINDX_ADD_ADDR,
  SCTP_BINDX_REM_ADDR,
  SCTP_PEER_ADDR_CHANGE,
  SCTP_SET_PEER_PRIMARY_ADDR,
  type SctpNotification,
  type SctpSocket,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  socket,
} from "usctp/socket";
import { describe, expect, test, vi } from "vitest";
import { decodePacket } from "../../../src/packet/packet.ts";
import { at, drain, errno, errnoOf, subscribe, World } from "./support.ts";

/** RFC 5061 through the sockets API: RFC 6458 §6.1.2, §8.1.23, §8.3.1, §9.1. */

const A1 = "10.0.0.1";
const A2 = "10.0.1.1";

class Stage extends World {
  here!: SctpSocket;
  there!: SctpSocket;
  began: SctpNotification | undefined;

  constructor() {
    super();
    for (const from of [A1, A2]) for (const to of ["10.0.0.2", "10.0.1.2"]) this.network.link(from, to);
  }

  /** A socket of A at one address, connected to one of Z. */
  async connect(addressReconfiguration = true): Promise<this> {
    const options = { addressReconfiguration } as const;
    const listening = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, { driver: this.z.driver, ...options });
    await listening.bind(at("10.0.0.2"));
    await listening.listen(1);
    subscribe(listening, SCTP_PEER_ADDR_CHANGE, SCTP_ASSOC_CHANGE);
    this.here = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, { driver: this.a.driver, ...options });
    await this.here.bind(at(A1));
    await this.until(this.here.connect(at("10.0.0.2")));
    this.there = await this.until(listening.accept());
    const { notification } = await this.until(this.there.recvmsg());
    this.began = notification;
    return this;
  }

  /** What the peer was told of A's addresses since the last time. */
  async told(): Promise<string[]> {
    await this.run(1_000);
    return (await drain(this.there)).flatMap(({ notification: one }) =>
      one?.sn_type === SCTP_PEER_ADDR_CHANGE ? [`${one.spc_state} ${one.spc_aaddr.address}`] : [],
    );
  }
}

describe("bindx() of a connected socket (RFC 6458 §9.1)", () => {
  test("refuses the last address that a peer knows which is not told of changes (RFC 5061 §5.3 F5)", async () => {
    const stage = await new Stage().connect(false);
    await stage.here.bindx(at(A2), SCTP_BINDX_ADD_ADDR);
    expect(await errnoOf(stage.here.bindx(at(A1), SCTP_BINDX_REM_ADDR))).toBe("EINVAL");
    expect(stage.here.getladdrs().map(({ address }) => address)).toEqual([A1, A2]);
    await stage.here.bindx(at(A2), SCTP_BINDX_REM_ADDR);
    expect(stage.here.getladdrs().map(({ address }) => address)).toEqual([A1]);
  });

  test("tells the peer, which notifies its user (§6.1.2)", async () => {
    const stage = await new Stage().connect();
    await stage.here.bindx(at(A2), SCTP_BINDX_ADD_ADDR);
    expect(await stage.told()).toEqual([`${SCTP_ADDR_ADDED} ${A2}`, `${SCTP_ADDR_CONFIRMED} ${A2}`]);
    expect(stage.there.getpaddrs().map(({ address }) => address)).toEqual([A1, A2]);
    await stage.here.bindx(at(A1), SCTP_BINDX_REM_ADDR);
    expect(await stage.told()).toEqual([`${SCTP_ADDR_MADE_PRIM} ${A2}`, `${SCTP_ADDR_REMOVED} ${A1}`]);
    expect(stage.there.getpaddrs().map(({ address }) => address)).toEqual([A2]);
  });

  test("reconfiguration of socket() is true or false", () => {
    const options = { reconfiguration: 1 as unknown as boolean };
    expect(() => socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, options)).toThrow(
      expect.objectContaining({ code: "EINVAL" }),
    );
  });

  test("addressReconfiguration of socket() takes what it says", () => {
    const make = socket as (...args: unknown[]) => unknown;
    const options = { addressReconfiguration: "yes" };
    expect(errno(() => make(AF_INET, SOCK_STREAM, IPPROTO_SCTP, options))).toBe("EINVAL");
  });
});

describe("bindx() of a socket that was accepted or peeled off (RFC 6458 §9.1)", () => {
  const options = { addressReconfiguration: true } as const;

  /** A listener at two addresses, and sockets of two of its associations. */
  async function accepted(type: typeof SOCK_STREAM | typeof SOCK_SEQPACKET) {
    const world = new World();
    for (const from of ["10.0.0.1", "10.0.1.1"])
      for (const to of ["10.0.0.2", "10.0.1.2"]) world.network.link(from, to);
    const listening = socket(AF_INET, type, IPPROTO_SCTP, { driver: world.z.driver, ...options });
    await listening.bindx([at("10.0.0.2"), at("10.0.1.2")]);
    await listening.listen(2);
    if (type === SOCK_SEQPACKET) subscribe(listening, SCTP_ASSOC_CHANGE);
    const sides: { readonly here: SctpSocket; readonly there: SctpSocket }[] = [];
    for (const from of ["10.0.0.1", "10.0.1.1"]) {
      const here = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, { driver: world.a.driver, ...options });
      await here.bind(at(from, 0));
      await world.until(here.connect(at("10.0.0.2")));
      if (type === SOCK_STREAM) {
        sides.push({ here, there: await world.until(listening.accept()) });
        continue;
      }
      const { notification } = await world.until(listening.recvmsg());
      const id = notification?.sn_type === SCTP_ASSOC_CHANGE ? notification.sac_assoc_id : 0;
      sides.push({ here, there: listening.peeloff(id) });
    }
    await world.run(1_000);
    const [one, other] = sides;
    if (one === undefined || other === undefined) throw new Error("no association");
    return { world, listening, one, other };
  }
  const list = (addresses: readonly { readonly address: string }[]): string[] =>
    addresses.map(({ address }) => address).sort();

  test.each([SOCK_STREAM, SOCK_SEQPACKET] as const)(
    "changes which addresses of the port are its association's, of a %s",
    async (type) => {
      const { world, listening, one, other } = await accepted(type);
      const both = ["10.0.0.2", "10.0.1.2"];
      expect([list(one.there.getladdrs()), list(one.here.getpaddrs())]).toEqual([both, both]);
      const sources: string[] = [];
      world.network.tap(({ bytes, source }) => {
        if (decodePacket(bytes)?.chunks.some((chunk) => chunk.type === "DATA")) sources.push(source);
      });
      await one.there.bindx(at("10.0.0.2"), SCTP_BINDX_REM_ADDR);
      one.there.immediate.send("y");
      await world.run(1_000);
      // RFC 5061 §5.3 F4: an address being deleted is no source.
      expect(sources).toEqual(["10.0.1.2"]);
      expect([list(one.there.getladdrs()), list(one.here.getpaddrs())]).toEqual([["10.0.1.2"], ["10.0.1.2"]]);
      // The port and its other associations are what they were.
      expect(list(listening.getladdrs())).toEqual(both);
      expect([list(other.there.getladdrs()), list(other.here.getpaddrs())]).toEqual([both, both]);
      one.here.immediate.send("x");
      await world.run(200);
      expect(String(Buffer.from(one.there.immediate.recv()))).toBe("x");
      await one.there.bindx(at("10.0.0.2", 0), SCTP_BINDX_ADD_ADDR);
      await world.run(1_000);
      expect([list(one.there.getladdrs()), list(one.here.getpaddrs())]).toEqual([both, both]);
    },
  );

  test("takes addresses of the port alone, never the last, and no wildcard", async () => {
    const { one } = await accepted(SOCK_STREAM);
    const { there } = one;
    expect(await errnoOf(there.bindx(at("10.0.9.9")))).toBe("EADDRNOTAVAIL");
    expect(await errnoOf(there.bindx(at("10.0.9.9"), SCTP_BINDX_REM_ADDR))).toBe("EADDRNOTAVAIL");
    expect(await errnoOf(there.bindx(at("0.0.0.0")))).toBe("EINVAL");
    expect(await errnoOf(there.bindx(at("0.0.0.0"), SCTP_BINDX_REM_ADDR))).toBe("EINVAL");
    expect(await errnoOf(there.bindx(at("10.0.0.2", 77)))).toBe("EINVAL");
    const both = [at("10.0.0.2"), at("10.0.1.2")];
    expect(await errnoOf(there.bindx(both, SCTP_BINDX_REM_ADDR))).toBe("EINVAL");
    expect(list(there.getladdrs())).toEqual(["10.0.0.2", "10.0.1.2"]);
  });

  test("needs an association that is up", async () => {
    const { world, one } = await accepted(SOCK_STREAM);
    await one.here.close();
    await world.run(1_000);
    expect(await errnoOf(one.there.bindx(at("10.0.1.2"), SCTP_BINDX_REM_ADDR))).toBe("EINVAL");
  });
});

describe("SCTP_ASSOC_SUPPORTS_ASCONF (RFC 6458 §6.1.1)", () => {
  test("is in sac_info", async () => {
    const { began } = await new Stage().connect();
    const info = began?.sn_type === SCTP_ASSOC_CHANGE ? began.sac_info : [];
    expect([...info]).toContain(SCTP_ASSOC_SUPPORTS_ASCONF);
  });
});

describe("SCTP_SET_PEER_PRIMARY_ADDR (RFC 6458 §8.3.1)", () => {
  test("makes the peer use that address", async () => {
    const stage = await new Stage().connect();
    await stage.here.bindx(at(A2), SCTP_BINDX_ADD_ADDR);
    await stage.told();
    stage.here.setsockopt(IPPROTO_SCTP, SCTP_SET_PEER_PRIMARY_ADDR, { sspp_addr: at(A2) });
    expect(await stage.told()).toEqual([`${SCTP_ADDR_MADE_PRIM} ${A2}`]);
    const set = (address: string): string | undefined =>
      errno(() =>
        stage.here.setsockopt(IPPROTO_SCTP, SCTP_SET_PEER_PRIMARY_ADDR, { sspp_addr: { address } }),
      );
    expect(set("10.0.0.2")).toBe("EADDRNOTAVAIL");
  });
});

describe("SCTP_AUTO_ASCONF (RFC 6458 §8.1.23)", () => {
  test.each([
    [1, [`${SCTP_ADDR_ADDED} ${A2}`, `${SCTP_ADDR_CONFIRMED} ${A2}`]],
    [0, []],
  ])("%d: what interfaces do by themselves", async (on, expected) => {
    const stage = new Stage();
    const create = vi.spyOn(stage.a.stack, "createEndpoint");
    await stage.connect();
    stage.here.setsockopt(IPPROTO_SCTP, SCTP_AUTO_ASCONF, on);
    const endpoint = create.mock.results[0]?.value as Endpoint;
    endpoint.addAddresses(stage.network.now, [parseAddress(A2) as IpAddress], true);
    stage.a.driver.wake();
    expect(await stage.told()).toEqual(expected);
  });
});
