import { describe, expect, test } from "vitest";
import type { ExpectedDifference } from "../differences/expected-difference.ts";
import { differencesTable } from "../differences/table.ts";
import { judgeScript } from "../run/judge.ts";
import { asObject, closingLine, lineOf, totalsOf } from "../run/report.ts";
import { CONNECTED, CONNECTED_LINES, judge, told } from "./support.ts";

const LINE = CONNECTED_LINES + 1;

describe("packets", () => {
  test.each([
    [
      "that are not sent",
      "+0 > sctp: SHUTDOWN[flgs=0, cum_tsn=0]",
      `${LINE} packet: SHUTDOWN[flgs=0, cum_tsn=0] | nothing`,
    ],
    [
      "that are others",
      "+0 write(3, ..., 4) = 4\n+0 > sctp: SHUTDOWN[flgs=0]",
      `${LINE + 1} chunks: SHUTDOWN[flgs=0] | DATA[flgs=BE, len=20, tsn=1, sid=0, ssn=0, ppid=0]`,
    ],
    [
      "with another value",
      "+0 write(3, ..., 4) = 4\n+0 > sctp: DATA[flgs=BE, len=20, tsn=1, sid=1, ssn=0, ppid=0]",
      `${LINE + 1} DATA.sid: 1 | 0`,
    ],
    [
      "that nobody expects at the end",
      "+0 write(3, ..., 4) = 4",
      `${LINE} packet: silence at the end | DATA[flgs=BE, len=20, tsn=1, sid=0, ssn=0, ppid=0]`,
    ],
    [
      "that come too late",
      "+0 write(3, ..., 4) = 4\n+0 > sctp: DATA[tsn=1]\n+0.5 > sctp: DATA[tsn=1]",
      `${LINE + 2} packet: DATA[tsn=1] | nothing`,
    ],
    [
      "that come too early",
      "+0 write(3, ..., 4) = 4\n+0 > sctp: DATA[tsn=1]\n+1.2 > sctp: DATA[tsn=1]",
      `${LINE + 2} time: 1.2 s | 1 s`,
    ],
    [
      "whose tag is another",
      "+0 write(3, ..., 4) = 4\n+0 > sctp(tag=3): DATA[tsn=1]",
      `${LINE + 1} tag: 3 | 2`,
    ],
    [
      "whose UDP port is another",
      "+0 write(3, ..., 4) = 4\n+0 > sctp/udp(9899 > 1): DATA[tsn=1]",
      `${LINE + 1} udp: 9899 > 1 | 9899 > 9899`,
    ],
    ["that are right", "+0 write(3, ..., 4) = 4\n+0 > sctp(tag=2)/udp(9899 > 9899): DATA[tsn=1]", "passed"],
    [
      "that come in time",
      "+0 write(3, ..., 4) = 4\n+0 > sctp: DATA[tsn=1]\n+0.97 > sctp: DATA[tsn=1]",
      "passed",
    ],
    ["in a span", "+0 write(3, ..., 4) = 4\n+0 > sctp: DATA[tsn=1]\n+0.5~+1.5 > sctp: DATA[tsn=1]", "passed"],
    ["at any time", "+0 write(3, ..., 4) = 4\n+0 > sctp: DATA[tsn=1]\n* > sctp: DATA[tsn=1]", "passed"],
  ])("%s", async (_name, lines, verdict) => {
    expect(told(await judge(`${CONNECTED}${lines}`))).toBe(verdict);
  });

  test.each([
    [
      "a SACK that is due after the last event",
      "+0 < sctp: DATA[flgs=BE, len=20, tsn=1, sid=0, ssn=0, ppid=0]\n+0 > sctp: SACK[cum_tsn=1]\n+0 < sctp: DATA[flgs=BE, len=20, tsn=2, sid=0, ssn=1, ppid=0]",
      `${LINE + 2} packet: silence at the end | SACK[flgs=0, len=16, cum_tsn=2, a_rwnd=1048568, gaps=[], dups=[]]`,
    ],
    ["the SHUTDOWN of a last close() is no difference", "+0 close(3) = 0", "passed"],
    [
      "and neither is its ABORT",
      "+0 setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0\n+0 close(3) = 0",
      "passed",
    ],
    [
      "also where it is sent again",
      "+0 setsockopt(3, IPPROTO_SCTP, SCTP_RTOINFO, {srto_initial=100, srto_min=100, srto_max=100}, 16) = 0\n+0 close(3) = 0",
      "passed",
    ],
    [
      "that of a close() before others is one",
      "+0 close(3) = 0\n+0 socket(..., SOCK_STREAM, IPPROTO_SCTP) = 3",
      `${LINE + 1} packet: silence at the end | SHUTDOWN[flgs=0, len=8, cum_tsn=0]`,
    ],
    [
      "what was sent before a last close() is one",
      "+0 write(3, ..., 4) = 4\n+0 close(3) = 0",
      `${LINE + 1} packet: silence at the end | DATA[flgs=BE, len=20, tsn=1, sid=0, ssn=0, ppid=0]`,
    ],
    [
      "what the script expects twice may come more often",
      "+0 write(3, ..., 4) = 4\n+0 > sctp: DATA[tsn=1]\n+1 > sctp: DATA[tsn=1]\n+5 getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0",
      "passed",
    ],
    [
      "what it expects once may not",
      "+0 write(3, ..., 4) = 4\n+0 > sctp: DATA[tsn=1]\n+5 getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0",
      `${LINE + 2} packet: silence at the end | DATA[flgs=BE, len=20, tsn=1, sid=0, ssn=0, ppid=0]`,
    ],
  ])("silence: %s", async (_name, lines, verdict) => {
    expect(told(await judge(`${CONNECTED}${lines}`))).toBe(verdict);
  });

  test("at the end may be anything when nobody is strict", async () => {
    expect(told(await judge(`${CONNECTED}+0 write(3, ..., 4) = 4`, false))).toBe("passed");
  });

  test("to other addresses are not compared", async () => {
    const script = `
0.0 socket(..., SOCK_STREAM, IPPROTO_SCTP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < sctp: INIT[flgs=0, tag=1, a_rwnd=1500, os=1, is=1, tsn=1, IPV4_ADDRESS[addr=198.51.100.1]]
+0 > sctp: INIT_ACK[flgs=0, tag=2, a_rwnd=..., os=..., is=..., tsn=1, ...]
+0 < sctp: COOKIE_ECHO[flgs=0, len=..., val=...]
+0 > sctp: COOKIE_ACK[flgs=0]
+5 accept(3, ..., ...) = 4`;
    expect(told(await judge(script))).toBe("passed");
  });
});

test("a call that waits is told when it does not end in time", async () => {
  const script = `${CONNECTED}+0 fcntl(3, F_SETFL, O_RDWR) = 0\n+0...0.3 read(3, ..., 10) = 4`;
  expect(told(await judge(script))).toBe(`${LINE + 1} result: 4 | it waits at 0.304 s`);
});

describe("a call that waits ends when the script says", () => {
  const waiting = `${CONNECTED}+0 fcntl(3, F_SETFL, O_RDWR) = 0\n`;
  const message =
    "+0.2 < sctp: DATA[flgs=IBE, len=20, tsn=1, sid=0, ssn=0, ppid=0]\n+0 > sctp: SACK[cum_tsn=1]";
  test.each([
    ["in time", `+0...+0.2 read(3, ..., 10) = 4\n${message}`, "passed"],
    ["too early", `+0...5.0 read(3, ..., 10) = 4\n${message}`, `${LINE + 1} time: 5 s | 0.2 s`],
    [
      "too late, and something else happens meanwhile",
      `+0...0.1 read(3, ..., 10) = 4\n${message}`,
      `${LINE + 1} time: 0.1 s | 0.2 s`,
    ],
    ["and it does not wait", "+0...2.0 write(3, ..., 4) = 4", `${LINE + 1} time: 2 s | 0 s`],
    [
      "and another one is made before",
      "+0...0.5 read(3, ..., 10) = -1 ETIMEDOUT\n+0 setsockopt(3, IPPROTO_SCTP, SCTP_NODELAY, [1], 4) = 0",
      `${LINE + 1} result: -1 | it waits at 0.504 s`,
    ],
  ])("%s", async (_name, lines, verdict) => {
    expect(told(await judge(`${waiting}${lines}`))).toBe(verdict);
  });

  test("and is over when a timer is, not when the next event comes", async () => {
    const script = `
0.0 socket(..., SOCK_STREAM, IPPROTO_SCTP) = 3
+0 setsockopt(3, IPPROTO_SCTP, SCTP_INITMSG, {sinit_max_attempts=1}, 8) = 0
+0...4.0 connect(3, ..., ...) = -1 ETIMEDOUT
+0 > sctp: INIT[flgs=0, tag=1, a_rwnd=..., os=..., is=..., tsn=1, ...]
+1 > sctp: INIT[flgs=0, tag=1, a_rwnd=..., os=..., is=..., tsn=1, ...]
+9 close(3) = 0`;
    expect(told(await judge(script))).toBe("4 time: 4 s | 3 s");
    expect(told(await judge(script.replace("4.0", "3.0")))).toBe("passed");
  });
});

describe("times", () => {
  const socket = "socket(..., SOCK_STREAM, IPPROTO_SCTP)";
  test.each([
    [`0.5 ${socket} = 3\n0.2 close(3) = 0`, "2:1 script: a script | this time is before that of line 1"],
    [
      `0.5 ${socket} = 3\n+0.2 close(3) = 0\n0.6 close(3) = -1 EBADF`,
      "3:1 script: a script | this time is before that of line 2",
    ],
    [`0.5...0.4 ${socket} = 3`, "1:1 script: a script | it ends before it begins"],
    [`+0.3~+0.1 ${socket} = 3`, "1:1 script: a script | it ends before it begins"],
  ])("that go backwards are refused: %j", async (source, refusal) => {
    expect(told(await judge(source))).toBe(refusal);
  });

  test("of one system are not those of another", async () => {
    const script = `#ifdef FreeBSD\n0.5 ${socket} = 3\n#endif\n#ifdef Linux\n0.2 ${socket} = 3\n#endif`;
    expect(told(await judge(script))).toBe("passed");
  });

  test("that are gone by when it is their turn are told", async () => {
    const script = `${CONNECTED}+0 write(3, ..., 4) = 4\n+0 > sctp: DATA[tsn=1]\n* > sctp: DATA[tsn=1]\n0.5 close(3) = 0`;
    expect(told(await judge(script))).toBe(`${LINE + 3} time: 0.5 s | 1 s`);
  });
});

test.each(["", "// nothing\n", "--mtu=1280\n", "#ifdef Linux\n#endif"])(
  "without events, %j is no script",
  async (source) => {
    expect(told(await judge(source))).toMatch(/^\d+:1 script: a script \| there is no event in it$/);
  },
);

describe("an expected difference", () => {
  const source = `${CONNECTED}+0 getsockopt(3, IPPROTO_SCTP, SCTP_NODELAY, [1], [4]) = 0
+0 getsockopt(3, IPPROTO_SCTP, SCTP_EXPLICIT_EOR, [1], [4]) = 0`;
  const entry: ExpectedDifference = {
    script: "a.pkt",
    line: LINE,
    field: "value",
    wants: "1",
    sends: "0",
    why: "RFC 6458 §8.1.5",
    ends: false,
    waitsFor: undefined,
  };
  const second = { ...entry, line: LINE + 1 };
  const verdict = async (...entries: ExpectedDifference[]): Promise<string> =>
    told(await judgeScript(source, { isStrict: true, entries }));

  test("is one for each line that differs", async () => {
    expect(await verdict(entry, second)).toBe("expected");
    expect(await verdict(entry)).toBe(`${LINE + 1} value: 1 | 0`);
  });

  test("may end the script", async () => {
    expect(await verdict({ ...entry, ends: true })).toBe("expected");
  });

  test.each([
    ["another line", { line: LINE + 7 }],
    ["another field", { field: "result" }],
    ["another wish", { wants: "2" }],
    ["something else that is sent", { sends: "7" }],
  ])("with %s is none", async (_name, change) => {
    expect(await verdict({ ...entry, ...change }, second)).toBe(`${LINE} value: 1 | 0`);
  });

  test("that differs no more is a failure", async () => {
    const gone = { ...entry, line: 2, field: "result", wants: "3", sends: "-1 EINVAL" };
    expect(await verdict(entry, second, gone)).toBe(
      "2 result: the expected difference, -1 EINVAL | none on this line: the entry is out of date",
    );
  });
});

describe("the report", () => {
  const entry: ExpectedDifference = {
    script: "b.pkt",
    line: 3,
    field: "value",
    wants: "1",
    sends: "0",
    why: "RFC 6458 §8.1.5",
    ends: true,
    waitsFor: "AUTH",
  };
  const judged = [
    { path: "a.pkt", verdict: { outcome: "passed" } },
    { path: "b.pkt", verdict: { outcome: "expected", entries: [entry] } },
    {
      path: "c.pkt",
      verdict: { outcome: "failed", line: 4, field: "SACK.dups", expected: "[]", actual: "[2]" },
    },
    {
      path: "d.pkt",
      verdict: { outcome: "failed", line: 4, column: 7, field: "script", expected: "a script", actual: "no" },
    },
  ] as const;

  test("has a line a script and one at the end", () => {
    expect(judged.map(lineOf)).toEqual([
      "pass      a.pkt",
      "expected  b.pkt: line 3: waits for AUTH, RFC 6458 §8.1.5",
      "FAIL      c.pkt:4: SACK.dups: [] wanted, [2] found",
      "FAIL      d.pkt:4:7: no",
    ]);
    expect(closingLine(totalsOf(judged))).toBe("1 passed, 1 expected differences, 2 failed");
  });

  test("is an object for programs", () => {
    expect(asObject(judged)).toMatchObject({
      passed: 1,
      expectedDifferences: 1,
      waiting: 1,
      failed: 2,
      scripts: [
        { path: "a.pkt", outcome: "passed" },
        { outcome: "expected" },
        { outcome: "failed", line: 4 },
        {},
      ],
    });
  });

  test("is a table of the reasons", () => {
    const groups = [{ why: "because", waitsFor: "AUTH", lines: [["b.pkt", 3, "value", "1", "0"]] }] as const;
    expect(differencesTable(groups)).toBe(
      "| script | line | why |\n|---|---|---|\n| `b.pkt` | 3 | waits for AUTH: because |",
    );
  });
});
