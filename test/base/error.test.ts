import { expect, test } from "vitest";
import { randomU32 } from "../../src/base/environment.ts";
import { SctpError } from "../../src/base/error.ts";

test("SctpError tells its code, its name and its cause", () => {
  const cause = new Error("EADDRINUSE");
  const error = new SctpError("ERR_SCTP_PORT_IN_USE", "UDP port 9899 of 127.0.0.1 is taken", { cause });
  expect(error).toBeInstanceOf(Error);
  expect(error.code).toBe("ERR_SCTP_PORT_IN_USE");
  expect(error.cause).toBe(cause);
  expect(String(error)).toBe("SctpError: UDP port 9899 of 127.0.0.1 is taken");
  expect("cause" in new SctpError("ERR_SCTP_CLOSED", "closed")).toBe(false);
});

test("randomU32 takes four bytes, unsigned", () => {
  const environment = {
    randomBytes: (count: number): Uint8Array => new Uint8Array(count).fill(0xfe),
    hmacSha256: (): Uint8Array => new Uint8Array(32),
    hmacSha1: (): Uint8Array => new Uint8Array(20),
  };
  expect(randomU32(environment)).toBe(0xfefefefe);
});
