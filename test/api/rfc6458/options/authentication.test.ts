import {
  AF_INET,
  IPPROTO_SCTP,
  SCTP_ALL_ASSOC,
  SCTP_AUTH_ACTIVE_KEY,
  SCTP_AUTH_CHUNK,
  SCTP_AUTH_DEACTIVATE_KEY,
  SCTP_AUTH_DELETE_KEY,
  SCTP_AUTH_HMAC_ID_SHA1,
  SCTP_AUTH_HMAC_ID_SHA256,
  SCTP_AUTH_KEY,
  SCTP_AUTHINFO,
  SCTP_GET_ASSOC_ID_LIST,
  SCTP_HMAC_IDENT,
  SCTP_LOCAL_AUTH_CHUNKS,
  SCTP_PEER_AUTH_CHUNKS,
  SCTP_SNDINFO,
  type SctpSocket,
  socket,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import { at, errno, SOCK_SEQPACKET, SOCK_STREAM, World } from "../support.ts";

/** Options of authenticated chunks (RFC 6458 §8.1.17, §8.1.18, §8.2.3, §8.2.4, §8.3.2 to §8.3.5): kept and checked. */

function setKey(it: SctpSocket, sca_keynumber: number, sca_assoc_id: number = 0): void {
  it.setsockopt(IPPROTO_SCTP, SCTP_AUTH_KEY, {
    sca_assoc_id,
    sca_keynumber,
    sca_key: Uint8Array.of(1, 2, 3),
  });
}

function activate(it: SctpSocket, scact_keynumber: number, scact_assoc_id: number = 0): void {
  it.setsockopt(IPPROTO_SCTP, SCTP_AUTH_ACTIVE_KEY, { scact_assoc_id, scact_keynumber });
}

function deactivate(it: SctpSocket, scact_keynumber: number): void {
  it.setsockopt(IPPROTO_SCTP, SCTP_AUTH_DEACTIVATE_KEY, { scact_keynumber });
}

function remove(it: SctpSocket, scact_keynumber: number): void {
  it.setsockopt(IPPROTO_SCTP, SCTP_AUTH_DELETE_KEY, { scact_keynumber });
}

function activeKey(it: SctpSocket, id: number = 0): number {
  return it.opt_info(id, SCTP_AUTH_ACTIVE_KEY).scact_keynumber;
}

describe("shared keys", () => {
  test("the null key 0 is the active one; another must be there to become it", () => {
    const it = socket(AF_INET, SOCK_STREAM);
    expect(activeKey(it)).toBe(0);
    expect(errno(() => activate(it, 7))).toBe("EINVAL");
    setKey(it, 7);
    activate(it, 7);
    expect(activeKey(it)).toBe(7);
  });

  test("a key goes by being deactivated, which the active one cannot be, and then deleted", () => {
    const it = socket(AF_INET, SOCK_STREAM);
    setKey(it, 7);
    expect(errno(() => remove(it, 7))).toBe("EINVAL");
    activate(it, 7);
    expect(errno(() => deactivate(it, 7))).toBe("EINVAL");
    deactivate(it, 0);
    expect(errno(() => activate(it, 0))).toBe("EINVAL");
    remove(it, 0);
    expect(errno(() => remove(it, 0))).toBe("EINVAL");
    expect(errno(() => deactivate(it, 0))).toBe("EINVAL");
    expect(activeKey(it)).toBe(7);
  });

  test("a key that is deactivated is so in associations that come later, and can be deleted there", async () => {
    const world = new World();
    const { there } = await world.many();
    for (const key of [7, 8]) setKey(there, key);
    activate(there, 8);
    deactivate(there, 7);
    const client = world.socket(world.a);
    setKey(client, 7);
    await world.until(client.connect(at("10.0.0.2")));
    await world.run(5);
    const id = there.getsockopt(IPPROTO_SCTP, SCTP_GET_ASSOC_ID_LIST).gaids_assoc_id.at(-1) ?? 0;
    const control = [{ cmsg_type: SCTP_AUTHINFO, cmsg_data: { auth_keynumber: 7 } } as const];
    const info = [{ cmsg_type: SCTP_SNDINFO, cmsg_data: { snd_assoc_id: id } } as const];
    expect(errno(() => there.immediate.sendmsg({ msg_iov: "x", msg_control: [...info, ...control] }))).toBe(
      "EINVAL",
    );
    const of = { scact_assoc_id: id, scact_keynumber: 7 };
    there.setsockopt(IPPROTO_SCTP, SCTP_AUTH_DELETE_KEY, of);
    expect(errno(() => there.setsockopt(IPPROTO_SCTP, SCTP_AUTH_DELETE_KEY, of))).toBe("EINVAL");
    remove(there, 7);
  });

  test("a key that one association still uses is deleted of the others, and of that one later", async () => {
    const world = new World();
    const there = world.socket(world.z, SOCK_SEQPACKET);
    await there.bind(at("0.0.0.0", 5_000));
    await there.listen(5);
    for (const key of [7, 8]) setKey(there, key);
    for (let count = 0; count < 2; count += 1) {
      const client = world.socket(world.a);
      setKey(client, 7);
      await world.until(client.connect(at("10.0.0.2")));
    }
    await world.run(5);
    const [first, second] = there.getsockopt(IPPROTO_SCTP, SCTP_GET_ASSOC_ID_LIST).gaids_assoc_id;
    const control = [
      { cmsg_type: SCTP_SNDINFO, cmsg_data: { snd_assoc_id: second ?? 0 } } as const,
      { cmsg_type: SCTP_AUTHINFO, cmsg_data: { auth_keynumber: 7 } } as const,
    ];
    there.immediate.sendmsg({ msg_iov: "x", msg_control: control });
    const all = { scact_assoc_id: SCTP_ALL_ASSOC, scact_keynumber: 7 };
    there.setsockopt(IPPROTO_SCTP, SCTP_AUTH_DEACTIVATE_KEY, all);
    const removeOf = (scact_assoc_id: number) =>
      there.setsockopt(IPPROTO_SCTP, SCTP_AUTH_DELETE_KEY, { scact_assoc_id, scact_keynumber: 7 });
    expect(errno(() => removeOf(SCTP_ALL_ASSOC))).toBe("EINVAL");
    // The first one's is gone, and that is said of it.
    expect(errno(() => removeOf(first ?? 0))).toBe("EINVAL");
    await world.run(500);
    removeOf(second ?? 0);
  });

  test("a key that is set again can be used again", () => {
    const it = socket(AF_INET, SOCK_STREAM);
    setKey(it, 7);
    deactivate(it, 7);
    setKey(it, 7);
    activate(it, 7);
    expect(activeKey(it)).toBe(7);
  });

  test("a key of no bytes is a null key, and one that is no Uint8Array is refused", () => {
    const it = socket(AF_INET, SOCK_STREAM);
    it.setsockopt(IPPROTO_SCTP, SCTP_AUTH_KEY, { sca_keynumber: 7, sca_key: new Uint8Array(0) });
    activate(it, 7);
    const wrong = { sca_keynumber: 8, sca_key: "secret" as unknown as Uint8Array };
    expect(errno(() => it.setsockopt(IPPROTO_SCTP, SCTP_AUTH_KEY, wrong))).toBe("EINVAL");
  });

  test("each association has keys of its own; what one of them lacks is set for none", async () => {
    const world = new World();
    const { there, idThere } = await world.many();
    await world.until(world.socket(world.a).connect(at("10.0.0.2")));
    await world.run(5);
    setKey(there, 7, idThere);
    activate(there, 7, idThere);
    expect([idThere, idThere + 1, 0].map((id) => activeKey(there, id))).toEqual([7, 0, 0]);
    expect(errno(() => activate(there, 7, SCTP_ALL_ASSOC))).toBe("EINVAL");
    expect([idThere, idThere + 1, 0].map((id) => activeKey(there, id))).toEqual([7, 0, 0]);
  });

  test("a peeled-off socket has those of its association", async () => {
    const world = new World();
    const { there, idThere } = await world.many();
    setKey(there, 7, idThere);
    const peeled = there.peeloff(idThere);
    activate(peeled, 7);
    expect(activeKey(peeled)).toBe(7);
  });
});

describe("SCTP_HMAC_IDENT", () => {
  test("keeps the order; SHA-1 must be among them, and unknown ones not", () => {
    const it = socket(AF_INET, SOCK_STREAM);
    const both = [SCTP_AUTH_HMAC_ID_SHA1, SCTP_AUTH_HMAC_ID_SHA256];
    it.setsockopt(IPPROTO_SCTP, SCTP_HMAC_IDENT, { shmac_idents: both });
    expect(it.getsockopt(IPPROTO_SCTP, SCTP_HMAC_IDENT).shmac_idents).toEqual(both);
    for (const shmac_idents of [[SCTP_AUTH_HMAC_ID_SHA256], [...both, 2]])
      expect(errno(() => it.setsockopt(IPPROTO_SCTP, SCTP_HMAC_IDENT, { shmac_idents }))).toBe("EINVAL");
  });
});

test("SCTP_HMAC_IDENT does not change once peers may have been told", async () => {
  const world = new World();
  const { there } = await world.many();
  const change = { shmac_idents: [SCTP_AUTH_HMAC_ID_SHA1] };
  expect(errno(() => there.setsockopt(IPPROTO_SCTP, SCTP_HMAC_IDENT, change))).toBe("EINVAL");
  expect(there.getsockopt(IPPROTO_SCTP, SCTP_HMAC_IDENT).shmac_number_of_idents).toBe(2);
  const { here } = await new World().pair();
  expect(errno(() => here.setsockopt(IPPROTO_SCTP, SCTP_HMAC_IDENT, change))).toBe("EINVAL");
});

describe("SCTP_AUTH_CHUNK", () => {
  const INIT = 1;
  const INIT_ACK = 2;
  const SHUTDOWN_COMPLETE = 14;
  const AUTH = 15;
  const ASCONF = 0xc1;

  test("adds a type, which associations have that come later", async () => {
    const world = new World();
    const { there, idThere } = await world.many();
    there.setsockopt(IPPROTO_SCTP, SCTP_AUTH_CHUNK, { sauth_chunk: ASCONF });
    there.setsockopt(IPPROTO_SCTP, SCTP_AUTH_CHUNK, { sauth_chunk: 0 });
    there.setsockopt(IPPROTO_SCTP, SCTP_AUTH_CHUNK, { sauth_chunk: ASCONF });
    const chunks = (id: number): readonly number[] => there.opt_info(id, SCTP_LOCAL_AUTH_CHUNKS).gauth_chunks;
    expect(chunks(0)).toEqual([ASCONF, 0]);
    // "Changes to the list of chunks will only affect future associations".
    expect(chunks(idThere)).toEqual([]);
    await world.until(world.socket(world.a).connect(at("10.0.0.2")));
    await world.run(5);
    expect(chunks(idThere + 1)).toEqual([ASCONF, 0]);
    expect(there.opt_info(0, SCTP_LOCAL_AUTH_CHUNKS).gauth_number_of_chunks).toBe(2);
  });

  test.each([INIT, INIT_ACK, SHUTDOWN_COMPLETE, AUTH, 256])("refuses the type %i", (sauth_chunk) => {
    const it = socket(AF_INET, SOCK_SEQPACKET);
    expect(errno(() => it.setsockopt(IPPROTO_SCTP, SCTP_AUTH_CHUNK, { sauth_chunk }))).toBe("EINVAL");
    expect(it.getsockopt(IPPROTO_SCTP, SCTP_LOCAL_AUTH_CHUNKS).gauth_chunks).toEqual([]);
  });
});

test("SCTP_PEER_AUTH_CHUNKS is empty where the extension is off", async () => {
  const { here } = await new World().pair();
  expect(here.getsockopt(IPPROTO_SCTP, SCTP_PEER_AUTH_CHUNKS)).toEqual({
    gauth_assoc_id: 0,
    gauth_number_of_chunks: 0,
    gauth_chunks: [],
  });
});
