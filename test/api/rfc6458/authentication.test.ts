import {
  IPPROTO_SCTP,
  SCTP_ASSOC_CHANGE,
  SCTP_ASSOC_SUPPORTS_AUTH,
  SCTP_AUTH_ACTIVE_KEY,
  SCTP_AUTH_CHUNK,
  SCTP_AUTH_DEACTIVATE_KEY,
  SCTP_AUTH_DELETE_KEY,
  SCTP_AUTH_FREE_KEY,
  SCTP_AUTH_KEY,
  SCTP_AUTH_NEW_KEY,
  SCTP_AUTH_NO_AUTH,
  SCTP_AUTHENTICATION_EVENT,
  SCTP_AUTHINFO,
  SCTP_LOCAL_AUTH_CHUNKS,
  SCTP_PEER_AUTH_CHUNKS,
  type SctpSocket,
} from "usctp/socket";
import { expect, test } from "vitest";
import { AUTH, rawChunks, secretOf } from "../../support/authentication.ts";
import { at, drain, errno, notifications, PORT, subscribe, World } from "./support.ts";

/** Authenticated chunks (RFC 4895) through the options, ancillary data and notifications of RFC 6458. */

const DATA = 0;

function setKey(it: SctpSocket, sca_keynumber: number, secret: string): void {
  it.setsockopt(IPPROTO_SCTP, SCTP_AUTH_KEY, { sca_keynumber, sca_key: secretOf(secret) });
}

function activate(it: SctpSocket, scact_keynumber: number): void {
  it.setsockopt(IPPROTO_SCTP, SCTP_AUTH_ACTIVE_KEY, { scact_keynumber });
}

/** Two sockets that are connected; the listening one requires DATA to be authenticated; both have the key 7. */
async function pair(secretThere: string = "seven") {
  const world = new World();
  const listening = await world.listener(world.z);
  listening.setsockopt(IPPROTO_SCTP, SCTP_AUTH_CHUNK, { sauth_chunk: DATA });
  setKey(listening, 7, secretThere);
  activate(listening, 7);
  subscribe(listening, SCTP_AUTHENTICATION_EVENT);
  const here = world.socket(world.a);
  setKey(here, 7, "seven");
  setKey(here, 8, "eight");
  activate(here, 7);
  subscribe(here, SCTP_AUTHENTICATION_EVENT, SCTP_ASSOC_CHANGE);
  const keys: number[] = [];
  world.network.tap(({ bytes, source }) => {
    if (!world.a.addresses.includes(source)) return;
    for (const { type, bytes: chunk } of rawChunks(bytes))
      if (type === AUTH) keys.push((chunk[4] ?? 0) * 256 + (chunk[5] ?? 0));
  });
  await world.until(here.connect(at("10.0.0.2", PORT)));
  const there = await world.until(listening.accept());
  return { world, here, there, keys };
}

test("what one socket requires, the other authenticates", async () => {
  const { world, here, there, keys } = await pair();
  here.send("x");
  await world.run(100);
  const read = drain(there);
  expect(read.map(({ data }) => String(Buffer.from(data)))).toContain("x");
  expect(keys).toEqual([7]);
  expect(here.getsockopt(IPPROTO_SCTP, SCTP_PEER_AUTH_CHUNKS).gauth_chunks).toEqual([DATA]);
  expect(there.getsockopt(IPPROTO_SCTP, SCTP_LOCAL_AUTH_CHUNKS).gauth_chunks).toEqual([DATA]);
  const [up] = notifications(here);
  expect(up?.sn_type === SCTP_ASSOC_CHANGE && [...up.sac_info]).toContain(SCTP_ASSOC_SUPPORTS_AUTH);
});

test("another key under the same number delivers nothing", async () => {
  const { world, here, there } = await pair("other");
  here.send("x");
  await world.run(5_000);
  expect(errno(() => there.immediate.recvmsg())).toBe("EAGAIN");
});

test("SCTP_AUTHINFO names the key of a message", async () => {
  const { world, here, there, keys } = await pair();
  there.setsockopt(IPPROTO_SCTP, SCTP_AUTH_KEY, { sca_keynumber: 8, sca_key: secretOf("eight") });
  const control = [{ cmsg_type: SCTP_AUTHINFO, cmsg_data: { auth_keynumber: 8 } } as const];
  here.sendmsg({ msg_iov: "x", msg_control: control });
  await world.run(100);
  expect(keys).toEqual([8]);
  const wrong = [{ cmsg_type: SCTP_AUTHINFO, cmsg_data: { auth_keynumber: 9 } } as const];
  expect(errno(() => here.immediate.sendmsg({ msg_iov: "x", msg_control: wrong }))).toBe("EINVAL");
});

test("tells of a new key, of a free one, and of none at all", async () => {
  const { world, here, there } = await pair();
  setKey(there, 8, "eight");
  notifications(here);
  notifications(there);
  here.send("x");
  activate(here, 8);
  here.setsockopt(IPPROTO_SCTP, SCTP_AUTH_DEACTIVATE_KEY, { scact_keynumber: 7 });
  const remove = () => here.setsockopt(IPPROTO_SCTP, SCTP_AUTH_DELETE_KEY, { scact_keynumber: 7 });
  // It is not acknowledged yet.
  expect(errno(remove)).toBe("EINVAL");
  await world.run(500);
  expect(notifications(here)).toMatchObject([{ auth_indication: SCTP_AUTH_FREE_KEY, auth_keynumber: 7 }]);
  remove();
  here.send("y");
  await world.run(500);
  expect(notifications(there)).toMatchObject([
    { auth_indication: SCTP_AUTH_NEW_KEY, auth_keynumber: 7 },
    { auth_indication: SCTP_AUTH_NEW_KEY, auth_keynumber: 8 },
  ]);
  const plain = new World();
  const listening = await plain.listener(plain.z);
  subscribe(listening, SCTP_AUTHENTICATION_EVENT);
  await plain.until(plain.socket(plain.a).connect(at("10.0.0.2", PORT)));
  const other = await plain.until(listening.accept());
  expect(notifications(other)).toMatchObject([{ auth_indication: SCTP_AUTH_NO_AUTH }]);
});
