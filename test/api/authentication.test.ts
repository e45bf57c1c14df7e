import { type Association, createServer, type SctpError } from "usctp";
import { describe, expect, test } from "vitest";
import type { AuthenticationOptions } from "../../src/api/message/config-options.ts";
import { secretOf } from "../support/authentication.ts";
import { pair } from "./loopback.ts";

/** Authenticated chunks (RFC 4895) in the message API, over real sockets. */

const DATA = 0;
const COOKIE_ECHO = 10;
const keys = new Map([
  [1, secretOf("one")],
  [2, secretOf("two")],
]);

const codeOf = (call: () => unknown): string | undefined => {
  try {
    call();
  } catch (error) {
    return (error as SctpError).code;
  }
  return undefined;
};

async function next(association: Association): Promise<string> {
  for await (const { data } of association) return data.toString();
  throw new Error("it ended");
}

/** The next event about keys. */
function told(association: Association): Promise<readonly [string, number]> {
  return new Promise((resolve) => {
    association.once("authentication", (change, keyId) => resolve([change, keyId]));
  });
}

describe("option authentication", () => {
  const wrong: readonly [string, unknown, string][] = [
    ["a type of chunk that cannot be required", { requiredChunks: [14] }, "requiredChunks has 14"],
    ["a type of chunk that there cannot be", { requiredChunks: [256] }, "requiredChunks has 256"],
    ["HMACs without SHA-1", { hmacs: [3] }, "hmacs is [3]"],
    ["HMACs without SHA-1, and unknown ones", { hmacs: [1, 2] }, "hmacs is [1, 2]"],
    ["an active key that is not there", { keys, activeKey: 3 }, "activeKey is 3"],
    ["an active key without keys", { activeKey: 3 }, "activeKey is 3"],
    ["a deactivated key that is not there", { keys, deactivatedKeys: [3] }, "deactivatedKeys has 3"],
    ["a deactivated key that is the active one", { keys, deactivatedKeys: [1] }, "deactivatedKeys has 1"],
    ["a key that is text", { keys: new Map([[1, "secret"]]) }, "The shared key 1 must be a Uint8Array"],
    ["a key that is too long", { keys: new Map([[1, new Uint8Array(65_536)]]) }, "at most 65535 bytes"],
    [
      "an identifier that is none",
      { keys: new Map([[65_536, secretOf("x")]]) },
      "is 0 to 65535, and not 65536",
    ],
    [
      "keys that are no Map",
      { keys: [[1, secretOf("x")]] },
      'the option "authentication" takes { keys: a Map',
    ],
    ["another member", { key: 1 }, 'the option "authentication" takes { keys: a Map'],
    ["no object", true, 'the option "authentication" takes { keys: a Map'],
  ];
  test.each(wrong)("refuses %s", (_, authentication, message) => {
    const create = () => createServer({ authentication: authentication as AuthenticationOptions });
    expect(codeOf(create)).toBe("ERR_SCTP_INVALID_OPTION");
    expect(create).toThrow(message);
  });

  test("refuses more than 64 keys", () => {
    const many = new Map(Array.from({ length: 65 }, (_, id) => [id, secretOf("x")]));
    expect(codeOf(() => createServer({ authentication: { keys: many } }))).toBe("ERR_SCTP_LIMIT");
  });

  test("is what it was when it was given", async () => {
    const secret = secretOf("one");
    const given = { keys: new Map([[1, secret]]), requiredChunks: [DATA], hmacs: [3, 1, 1] };
    const server = createServer({ authentication: given });
    secret.fill(0);
    given.keys.clear();
    given.requiredChunks.push(14);
    await server.close();
    const { here, there } = await pair(
      { authentication: { keys, requiredChunks: [DATA] } },
      { authentication: { keys: new Map([[1, secretOf("one")]]) } },
    );
    await here.send("x");
    expect(await next(there)).toBe("x");
  });
});

describe("an association", () => {
  test("authenticates what the other side requires, and says so", async () => {
    const { here, there } = await pair(
      { authentication: { keys, requiredChunks: [DATA, COOKIE_ECHO] } },
      { authentication: { keys } },
    );
    expect([here.extensions.authentication, there.extensions.authentication]).toEqual([true, true]);
    const change = told(there);
    await here.send("x", { until: "acknowledged" });
    expect(await next(there)).toBe("x");
    expect(await change).toEqual(["new-key", 1]);
  });

  test("changes its keys, and tells when one is free", async () => {
    const required = { keys, requiredChunks: [DATA] };
    const { here, there } = await pair({ authentication: required }, { authentication: { keys } });
    await here.send("a", { until: "acknowledged" });
    expect(await next(there)).toBe("a");
    for (const side of [here, there]) side.authKeys.set(3, secretOf("three"));
    const [another, free] = [told(there), told(here)];
    here.authKeys.activate(3);
    here.authKeys.deactivate(1);
    expect(await free).toEqual(["free-key", 1]);
    here.authKeys.delete(1);
    await here.send("b", { until: "acknowledged" });
    expect(await next(there)).toBe("b");
    expect(await another).toEqual(["new-key", 3]);
    const third = told(there);
    await here.send("c", { authKeyId: 2, until: "acknowledged" });
    expect(await next(there)).toBe("c");
    expect(await third).toEqual(["new-key", 2]);
  });

  test("does not tell that a key is free which was deleted and set anew meanwhile", async () => {
    const { here } = await pair({ authentication: { keys } }, { authentication: { keys } });
    const heard: unknown[] = [];
    here.on("authentication", (...event) => heard.push(event));
    here.authKeys.activate(2);
    here.authKeys.deactivate(1);
    here.authKeys.delete(1);
    here.authKeys.set(1, secretOf("new"));
    await here.send("x", { until: "acknowledged" });
    expect(heard).toEqual([]);
    here.authKeys.activate(1);
    here.authKeys.deactivate(2);
    here.authKeys.deactivate(2);
    await here.send("x", { until: "acknowledged" });
    expect(heard).toEqual([["free-key", 2]]);
  });

  test("refuses what its caller does wrong", async () => {
    const { here } = await pair({ authentication: { keys } }, { authentication: { keys } });
    const { authKeys } = here;
    expect(codeOf(() => authKeys.activate(9))).toBe("ERR_SCTP_UNKNOWN_KEY");
    expect(codeOf(() => authKeys.deactivate(9))).toBe("ERR_SCTP_UNKNOWN_KEY");
    expect(codeOf(() => authKeys.delete(9))).toBe("ERR_SCTP_UNKNOWN_KEY");
    expect(codeOf(() => authKeys.deactivate(1))).toBe("ERR_SCTP_INVALID_STATE");
    expect(codeOf(() => authKeys.delete(2))).toBe("ERR_SCTP_INVALID_STATE");
    expect(codeOf(() => authKeys.set(65_536, secretOf("x")))).toBe("ERR_SCTP_INVALID_OPTION");
    expect(codeOf(() => authKeys.set(3, "text" as never))).toBe("ERR_SCTP_INVALID_OPTION");
    expect(codeOf(() => here.trySend("x", { authKeyId: 9 }))).toBe("ERR_SCTP_UNKNOWN_KEY");
    expect(codeOf(() => here.trySend("x", { authKeyId: -1 }))).toBe("ERR_SCTP_INVALID_OPTION");
    authKeys.deactivate(2);
    expect(codeOf(() => here.trySend("x", { authKeyId: 2 }))).toBe("ERR_SCTP_UNKNOWN_KEY");
    expect(codeOf(() => authKeys.activate(2))).toBe("ERR_SCTP_UNKNOWN_KEY");
  });

  test("has no keys where the option was not given, and names none to a peer without", async () => {
    const { here, there } = await pair({ authentication: { keys } });
    expect([here.extensions.authentication, there.extensions.authentication]).toEqual([false, false]);
    expect(codeOf(() => here.authKeys.set(1, secretOf("x")))).toBe("ERR_SCTP_INVALID_STATE");
    expect(codeOf(() => here.trySend("x", { authKeyId: 1 }))).toBe("ERR_SCTP_INVALID_STATE");
    expect(codeOf(() => there.trySend("x", { authKeyId: 1 }))).toBe("ERR_SCTP_NOT_SUPPORTED");
  });
});
