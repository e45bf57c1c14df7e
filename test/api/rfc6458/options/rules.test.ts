import {
  AF_INET,
  IPPROTO_IPV6,
  IPPROTO_SCTP,
  type OptionName,
  SCTP_ALL_ASSOC,
  SCTP_CURRENT_ASSOC,
  SCTP_NODELAY,
  SCTP_RTOINFO,
  type SctpSocket,
  SO_LINGER,
  SOL_SOCKET,
  socket,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import { errno, SOCK_SEQPACKET, SOCK_STREAM, World } from "../support.ts";
import { about, expected, get, levelOf, type Row, readWrite, rows, set, setFor, table } from "./table.ts";

/** What holds for all options (RFC 6458 §7.2, §8): defaults, ids, errors. */

const UNKNOWN_ID = 999;

const styles = [
  ["one-to-one", SOCK_STREAM],
  ["one-to-many", SOCK_SEQPACKET],
] as const;

type Style = (typeof styles)[number][0];

function fresh(row: Row, type: typeof SOCK_STREAM | typeof SOCK_SEQPACKET): SctpSocket {
  return socket(row.domain ?? AF_INET, type);
}

function isFor({ style }: Row, of: Style): boolean {
  return style === undefined || style === of;
}

describe.each(styles)("a new %s socket", (style, type) => {
  const known = rows.filter(([, row]) => isFor(row, style));

  test.each(known.filter(([, { initial }]) => initial !== undefined))(
    "has the default of %s",
    (name, row) => {
      const initial = style === "one-to-many" ? (row.initialOfMany ?? row.initial) : row.initial;
      expect(get(fresh(row, type), name)).toEqual(initial);
    },
  );

  test.each(readWrite.filter(([, row]) => isFor(row, style)))("gives back %s as it was set", (name, row) => {
    const it = fresh(row, type);
    row.prepare?.(it);
    setFor(it, name);
    expect(get(it, name)).toEqual(
      typeof row.value === "object" ? expect.objectContaining(expected(name) as object) : expected(name),
    );
    // And what was read can be set.
    set(it, name, get(it, name));
  });

  test.each(known.filter(([, { wrong }]) => wrong !== undefined))(
    "refuses values that %s does not take, and keeps what it had",
    (name, row) => {
      const it = fresh(row, type);
      const before = get(it, name);
      for (const value of row.wrong ?? []) {
        expect([value, errno(() => set(it, name, value))]).toEqual([value, "EINVAL"]);
        expect(get(it, name)).toEqual(before);
      }
    },
  );

  test.each(known.filter(([, { value }]) => typeof value === "object"))(
    "refuses a member that %s does not have, and says which it has",
    (name, row) => {
      const it = fresh(row, type);
      const misspelt = { ...(row.value as object), no_such_member: 1 };
      expect(errno(() => set(it, name, misspelt))).toBe("EINVAL");
      const [member = ""] = Object.keys(row.value as object);
      expect(() => set(it, name, misspelt)).toThrow(
        new RegExp(`no member no_such_member: its members are .*${member}`),
      );
    },
  );

  test.each(known.filter(([, { takes }]) => takes === "association"))(
    "has no association that %s could be about",
    (name, row) => {
      const it = fresh(row, type);
      const errors =
        row.kind === "write-only" ? [errno(() => setFor(it, name))] : [errno(() => get(it, name))];
      expect(errors).toEqual(["EINVAL"]);
    },
  );
});

describe("what can only be read, and what can only be set", () => {
  test.each(rows.filter(([, { kind }]) => kind === "read-only"))("%s cannot be set", (name, row) => {
    for (const [style, type] of styles) {
      if (!isFor(row, style)) continue;
      expect(errno(() => set(fresh(row, type), name, {}))).toBe("EOPNOTSUPP");
    }
  });

  test.each(rows.filter(([, { kind }]) => kind === "write-only"))("%s cannot be read", (name, row) => {
    for (const [, type] of styles) {
      expect(errno(() => get(fresh(row, type), name))).toBe("EOPNOTSUPP");
      expect(errno(() => fresh(row, type).opt_info(0, name))).toBe("EOPNOTSUPP");
    }
  });
});

describe("levels and names", () => {
  test("an unknown option is ENOPROTOOPT, and so is one of another level", () => {
    const it = socket(AF_INET, SOCK_STREAM);
    const unknown = "SCTP_NO_SUCH_OPTION" as OptionName;
    expect(errno(() => it.getsockopt(IPPROTO_SCTP, unknown))).toBe("ENOPROTOOPT");
    expect(errno(() => it.setsockopt(IPPROTO_SCTP, unknown, 1))).toBe("ENOPROTOOPT");
    expect(errno(() => it.opt_info(0, unknown))).toBe("ENOPROTOOPT");
    expect(errno(() => it.getsockopt(IPPROTO_SCTP, "toString" as OptionName))).toBe("ENOPROTOOPT");
    expect(errno(() => it.getsockopt("IPPROTO_TCP", SCTP_NODELAY))).toBe("ENOPROTOOPT");
    expect(() => it.getsockopt("IPPROTO_TCP", SCTP_NODELAY)).toThrow("level IPPROTO_SCTP");
  });

  test.each(rows)("%s belongs to one level", (name) => {
    const it = socket(AF_INET, SOCK_SEQPACKET);
    for (const level of [IPPROTO_SCTP, SOL_SOCKET, IPPROTO_IPV6].filter((each) => each !== levelOf(name))) {
      expect(errno(() => it.getsockopt(level, name))).toBe("ENOPROTOOPT");
      expect(errno(() => it.setsockopt(level, name, table[name].value as never))).toBe("ENOPROTOOPT");
    }
  });

  test("a closed socket has no options", async () => {
    const it = socket(AF_INET, SOCK_STREAM);
    await it.close();
    expect(errno(() => it.getsockopt(SOL_SOCKET, SO_LINGER))).toBe("EBADF");
    expect(errno(() => it.setsockopt(IPPROTO_SCTP, SCTP_NODELAY, 1))).toBe("EBADF");
    expect(errno(() => it.opt_info(0, SCTP_RTOINFO))).toBe("EBADF");
  });
});

describe("ids of one-to-many sockets", async () => {
  const { there, idThere } = await new World().many();
  const withId = rows.filter(([, { id }]) => id !== undefined);
  const readable = withId.filter(([, { kind }]) => kind !== "write-only");
  const settable = withId.filter(([, { kind, value }]) => kind !== "read-only" && value !== undefined);

  test.each(readable)("an unknown one is ENOENT, reading %s", (name) => {
    expect(errno(() => get(there, name, UNKNOWN_ID))).toBe("ENOENT");
  });

  test.each(settable)("an unknown one is ENOENT, setting %s", (name) => {
    expect(errno(() => setFor(there, name, UNKNOWN_ID))).toBe("ENOENT");
  });

  test.each(readable)("CURRENT and ALL cannot be asked for %s", (name) => {
    for (const id of [SCTP_CURRENT_ASSOC, SCTP_ALL_ASSOC]) {
      expect(errno(() => get(there, name, id))).toBe("EINVAL");
      expect(errno(() => there.opt_info(id, name, table[name].query as never))).toBe("EINVAL");
    }
  });

  test.each(settable.filter(([, { takes }]) => takes !== "any"))(
    "CURRENT and ALL cannot be used to set %s",
    (name, { kind }) => {
      const before = kind === "write-only" ? undefined : [get(there, name), get(there, name, idThere)];
      expect(errno(() => setFor(there, name, SCTP_CURRENT_ASSOC))).toBe("EINVAL");
      expect(errno(() => setFor(there, name, SCTP_ALL_ASSOC))).toBe("EINVAL");
      if (before !== undefined) expect([get(there, name), get(there, name, idThere)]).toEqual(before);
    },
  );

  test.each(withId.filter(([, { takes }]) => takes === "association"))(
    "FUTURE cannot be used with %s",
    (name, { kind }) => {
      // SCTP_GET_PEER_ADDR_INFO looks the address up then.
      if (name === "SCTP_GET_PEER_ADDR_INFO") return;
      expect(errno(() => (kind === "write-only" ? setFor(there, name, 0) : get(there, name, 0)))).toBe(
        "EINVAL",
      );
    },
  );

  test.each(readable)("the id of opt_info() goes before that of the structure, reading %s", (name, row) => {
    const misleading = about(name, UNKNOWN_ID, row.query ?? {});
    expect(there.opt_info(idThere, name, misleading as never)).toEqual(get(there, name, idThere));
  });
});

describe("ids of one-to-one sockets", async () => {
  const { here } = await new World().pair();
  const readable = rows.filter(([, { id, kind }]) => id !== undefined && kind !== "write-only");

  test.each(readable)("are ignored, reading %s", (name, row) => {
    const asked = (id: number): object => {
      const query =
        row.query && "spinfo_address" in row.query ? { spinfo_address: { address: "10.0.0.2" } } : row.query;
      return here.opt_info(id, name, query as never) as object;
    };
    const plain = Object.entries(asked(0)).filter(([member]) => member !== row.id);
    for (const id of [SCTP_CURRENT_ASSOC, SCTP_ALL_ASSOC, UNKNOWN_ID]) {
      expect(Object.entries(asked(id)).filter(([member]) => member !== row.id)).toEqual(plain);
    }
  });

  test.each(readWrite.filter(([, { takes }]) => takes === "one" || takes === "any"))(
    "are ignored, setting %s",
    (name, row) => {
      row.prepare?.(here);
      setFor(here, name, UNKNOWN_ID);
      expect(get(here, name)).toMatchObject(expected(name) as object);
    },
  );
});
