import {
  IPPROTO_SCTP,
  SCTP_CONTEXT,
  SCTP_EVENT,
  SCTP_GET_ASSOC_NUMBER,
  SCTP_RECVRCVINFO,
  SCTP_RTOINFO,
  SCTP_SHUTDOWN_EVENT,
} from "usctp/socket";
import { expect, test } from "vitest";
import { at, drain, errno, errnoOf, notifications, subscribe, text, World } from "./support.ts";

test("moves an association with what is to be read of it to a one-to-one socket (RFC 6458 §9.2)", async () => {
  const world = new World();
  const { here, there, id, idThere } = await world.many();
  const other = world.socket(world.a);
  await world.until(other.connect(at("10.0.0.2")));
  await world.run(50);
  expect(notifications(there)).toHaveLength(1);
  await here.sendto("before", 0, at("10.0.0.2"));
  await other.send("of another one");
  await world.run(500);
  const peeled = there.peeloff(idThere);
  await here.sendto("after", 0, at("10.0.0.2"));
  await world.run(500);
  expect(drain(peeled).map(text)).toEqual(["before", "after"]);
  expect(drain(there).map(text)).toEqual(["of another one"]);
  expect(there.getsockopt(IPPROTO_SCTP, SCTP_GET_ASSOC_NUMBER)).toBe(1);
  await peeled.send("back");
  expect(text(await world.until(here.recvmsg()))).toBe("back");
  expect(here.getpaddrs(id)).toHaveLength(2);
});

test("a message that was read in part goes on in the new socket", async () => {
  const world = new World();
  const { here, there, idThere } = await world.many();
  await here.sendto("one two", 0, at("10.0.0.2"));
  await world.run(500);
  expect(text(there.immediate.recvmsg({ length: 4 }))).toBe("one ");
  const peeled = there.peeloff(idThere);
  expect(text(peeled.immediate.recvmsg())).toBe("two");
});

test("the new socket has its own options and subscriptions from then on", async () => {
  const world = new World();
  const { here, there, idThere } = await world.many();
  there.setsockopt(IPPROTO_SCTP, SCTP_RECVRCVINFO, 1);
  there.setsockopt(IPPROTO_SCTP, SCTP_RTOINFO, {
    srto_assoc_id: idThere,
    srto_initial: 2_000,
    srto_max: 8_000,
  });
  there.setsockopt(IPPROTO_SCTP, SCTP_CONTEXT, { assoc_id: idThere, assoc_value: 7 });
  subscribe(there, SCTP_SHUTDOWN_EVENT);
  const peeled = there.peeloff(idThere);
  expect(peeled.getsockopt(IPPROTO_SCTP, SCTP_RECVRCVINFO)).toBe(1);
  expect(peeled.getsockopt(IPPROTO_SCTP, SCTP_RTOINFO)).toMatchObject({
    srto_initial: 2_000,
    srto_max: 8_000,
  });
  expect(peeled.getsockopt(IPPROTO_SCTP, SCTP_CONTEXT).assoc_value).toBe(7);
  // What the original changes now, and what the new one changes, are their own.
  there.setsockopt(IPPROTO_SCTP, SCTP_RTOINFO, { srto_initial: 3_000 });
  there.setsockopt(IPPROTO_SCTP, SCTP_EVENT, { se_assoc_id: 2, se_type: SCTP_SHUTDOWN_EVENT, se_on: 0 });
  there.setsockopt(IPPROTO_SCTP, SCTP_RECVRCVINFO, 0);
  expect(peeled.getsockopt(IPPROTO_SCTP, SCTP_RTOINFO).srto_initial).toBe(2_000);
  expect(peeled.getsockopt(IPPROTO_SCTP, SCTP_RECVRCVINFO)).toBe(1);
  peeled.setsockopt(IPPROTO_SCTP, SCTP_RTOINFO, { srto_initial: 4_000 });
  expect(there.getsockopt(IPPROTO_SCTP, SCTP_RTOINFO).srto_initial).toBe(3_000);
  await here.close();
  await world.run(500);
  expect(notifications(peeled)).toContainEqual(expect.objectContaining({ sn_type: SCTP_SHUTDOWN_EVENT }));
});

test("each of the two is closed alone (RFC 6458 §3.1)", async () => {
  const world = new World();
  const { here, there, idThere } = await world.many();
  const peeled = there.peeloff(idThere);
  await there.close();
  await here.sendto("still here", 0, at("10.0.0.2"));
  expect(text(await world.until(peeled.recvmsg()))).toBe("still here");
});

test("the original cannot reach it any more: by id ENOENT, by address a new association is refused", async () => {
  const world = new World();
  const { there, idThere } = await world.many();
  const [peer] = there.getpaddrs(idThere);
  there.peeloff(idThere);
  expect(
    errno(() =>
      there.immediate.sendv("x", { infotype: "SCTP_SENDV_SNDINFO", info: { snd_assoc_id: idThere } }),
    ),
  ).toBe("ENOENT");
  expect(await errnoOf(there.sendto("x", 0, peer ?? at("")))).toBe("EISCONN");
  expect(errno(() => there.peeloff(idThere))).toBe("ENOENT");
});

test("a bad id fails, and so does a one-to-one socket", async () => {
  const world = new World();
  const { there } = await world.many();
  expect(errno(() => there.peeloff(77))).toBe("ENOENT");
  for (const id of [0, 1, 2, -1, 1.5]) expect(errno(() => there.peeloff(id))).toBe("EINVAL");
  const single = new World(2);
  const { here } = await single.pair();
  expect(errno(() => here.peeloff(3))).toBe("EOPNOTSUPP");
});
