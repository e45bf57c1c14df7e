import {
  AF_INET,
  IPPROTO_SCTP,
  SCTP_ACCEPT_ZERO_CHECKSUM,
  SCTP_EDMID_LOWER_LAYER_DTLS,
  SCTP_EDMID_NONE,
  SCTP_PR_ASSOC_STATUS,
  SCTP_PR_SCTP_ALL,
  SCTP_PR_SCTP_NONE,
  SCTP_PR_SCTP_PRIO,
  SCTP_PR_SCTP_RTX,
  SCTP_PR_SCTP_TTL,
  SCTP_PR_STREAM_STATUS,
  SCTP_PR_SUPPORTED,
  SCTP_SET_PEER_PRIMARY_ADDR,
  SCTP_SS_DEFAULT,
  SCTP_SS_FB,
  SCTP_SS_FCFS,
  SCTP_SS_PRIO,
  SCTP_SS_RR,
  SCTP_SS_RR_PKT,
  SCTP_SS_WFQ,
  SCTP_STREAM_SCHEDULER,
  SCTP_STREAM_SCHEDULER_VALUE,
  socket,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import { errno, SOCK_STREAM, World } from "../support.ts";

/** Options of extensions that no association has negotiated: they are checked, kept and answered. */

describe("what the peer would have to support is EOPNOTSUPP, and wrong arguments are EINVAL", () => {
  test("SCTP_SET_PEER_PRIMARY_ADDR (RFC 6458 §8.3.1)", async () => {
    const { here } = await new World().pair();
    const set = (address: string): string | undefined =>
      errno(() => here.setsockopt(IPPROTO_SCTP, SCTP_SET_PEER_PRIMARY_ADDR, { sspp_addr: { address } }));
    expect(set("10.0.1.1")).toBe("EOPNOTSUPP");
    // "The enclosed address must be one of the association's locally bound addresses."
    expect(set("10.0.0.2")).toBe("EADDRNOTAVAIL");
    expect(set("nowhere")).toBe("EINVAL");
  });
});

describe("partial reliability (RFC 7496)", () => {
  test("SCTP_PR_STREAM_STATUS and SCTP_PR_ASSOC_STATUS begin at 0", async () => {
    const { here } = await new World().pair();
    for (const sprstat_policy of [
      SCTP_PR_SCTP_ALL,
      SCTP_PR_SCTP_TTL,
      SCTP_PR_SCTP_RTX,
      SCTP_PR_SCTP_PRIO,
    ] as const) {
      const query = { sprstat_sid: 3, sprstat_policy };
      const nothing = {
        ...query,
        sprstat_abandoned_unsent: 0,
        sprstat_abandoned_sent: 0,
        sprstat_assoc_id: 0,
      };
      expect(here.getsockopt(IPPROTO_SCTP, SCTP_PR_STREAM_STATUS, query)).toEqual(nothing);
      expect(here.getsockopt(IPPROTO_SCTP, SCTP_PR_ASSOC_STATUS, query)).toEqual(nothing);
    }
  });

  test("SCTP_PR_SCTP_NONE cannot be asked for, nor a stream that there is not", async () => {
    const { here } = await new World().pair();
    const none = { sprstat_policy: SCTP_PR_SCTP_NONE as never };
    expect(errno(() => here.getsockopt(IPPROTO_SCTP, SCTP_PR_STREAM_STATUS, none))).toBe("EINVAL");
    expect(errno(() => here.getsockopt(IPPROTO_SCTP, SCTP_PR_ASSOC_STATUS, none))).toBe("EINVAL");
    const beyond = { sprstat_policy: SCTP_PR_SCTP_ALL, sprstat_sid: 1_024 } as const;
    expect(errno(() => here.getsockopt(IPPROTO_SCTP, SCTP_PR_STREAM_STATUS, beyond))).toBe("EINVAL");
    // Of the association, the stream is ignored.
    here.getsockopt(IPPROTO_SCTP, SCTP_PR_ASSOC_STATUS, beyond);
  });

  test("SCTP_PR_SUPPORTED is on until it is turned off, and told of each association", async () => {
    const { here } = await new World().many();
    expect(here.opt_info(0, SCTP_PR_SUPPORTED).assoc_value).toBe(1);
    here.setsockopt(IPPROTO_SCTP, SCTP_PR_SUPPORTED, { assoc_id: 0, assoc_value: 0 });
    expect(here.opt_info(0, SCTP_PR_SUPPORTED).assoc_value).toBe(0);
    expect(here.opt_info(3, SCTP_PR_SUPPORTED).assoc_value).toBe(1);
  });
});

describe("stream schedulers (RFC 8260 §4.3.2, §4.3.3)", () => {
  test.each([SCTP_SS_DEFAULT, SCTP_SS_RR, SCTP_SS_RR_PKT, SCTP_SS_PRIO, SCTP_SS_FB, SCTP_SS_WFQ] as const)(
    "SCTP_STREAM_SCHEDULER takes %s",
    (assoc_value) => {
      const it = socket(AF_INET, SOCK_STREAM);
      it.setsockopt(IPPROTO_SCTP, SCTP_STREAM_SCHEDULER, { assoc_value });
      expect(it.getsockopt(IPPROTO_SCTP, SCTP_STREAM_SCHEDULER).assoc_value).toBe(assoc_value);
    },
  );

  test("SCTP_SS_FCFS is the default one", () => {
    expect(SCTP_SS_FCFS).toBe(SCTP_SS_DEFAULT);
  });

  test("SCTP_STREAM_SCHEDULER_VALUE is kept for each stream that there is", async () => {
    const { here } = await new World().pair();
    const value = (stream_id: number): number =>
      here.getsockopt(IPPROTO_SCTP, SCTP_STREAM_SCHEDULER_VALUE, { stream_id }).stream_value;
    here.setsockopt(IPPROTO_SCTP, SCTP_STREAM_SCHEDULER_VALUE, { stream_id: 1, stream_value: 9 });
    here.setsockopt(IPPROTO_SCTP, SCTP_STREAM_SCHEDULER_VALUE, { stream_id: 2, stream_value: 8 });
    expect([0, 1, 2].map(value)).toEqual([0, 9, 8]);
    const beyond = { stream_id: 1_024, stream_value: 1 };
    expect(errno(() => here.setsockopt(IPPROTO_SCTP, SCTP_STREAM_SCHEDULER_VALUE, beyond))).toBe("EINVAL");
    expect(errno(() => value(1_024))).toBe("EINVAL");
  });
});

test("SCTP_ACCEPT_ZERO_CHECKSUM takes no method over plain UDP, and is not read (RFC 9653 §7.1)", () => {
  const it = socket(AF_INET, SOCK_STREAM);
  const set = (method: number): void => it.setsockopt(IPPROTO_SCTP, SCTP_ACCEPT_ZERO_CHECKSUM, method);
  set(SCTP_EDMID_NONE);
  expect(errno(() => set(SCTP_EDMID_LOWER_LAYER_DTLS))).toBe("EOPNOTSUPP");
  expect(errno(() => it.setsockopt(IPPROTO_SCTP, SCTP_ACCEPT_ZERO_CHECKSUM, 2))).toBe("EINVAL");
  expect(errno(() => it.getsockopt(IPPROTO_SCTP, SCTP_ACCEPT_ZERO_CHECKSUM))).toBe("EOPNOTSUPP");
});
