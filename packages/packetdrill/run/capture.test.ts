import { readTrace } from "@usctp/trace";
import { expect, test } from "vitest";
import { captureNames } from "./capture.ts";
import { judgeScript } from "./judge.ts";

const SCRIPT = `
0.0 socket(..., SOCK_STREAM, IPPROTO_SCTP) = 3
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS
+0 > sctp: INIT[flgs=0, tag=1, a_rwnd=..., os=..., is=..., tsn=1, ...]
+0.25 < sctp: ABORT[flgs=T]
#ifdef Linux
+0 close(3) = 0
#endif
#ifdef FreeBSD
+0 close(3) = -1
#endif
`;

test("a capture of a run has its packets both ways, at their time, and nothing of its aftermath", async () => {
  const runs: [string | undefined, Uint8Array][] = [];
  await judgeScript(SCRIPT, {
    isStrict: true,
    entries: [],
    onCapture: (file, system) => runs.push([system, file]),
  });
  expect(runs.map(([system]) => system)).toEqual(["Linux"]);
  const { datagrams } = readTrace(runs[0]?.[1] as Uint8Array);
  expect(datagrams).toMatchObject([
    { direction: "out", time: 0n, source: "192.168.0.1", sourcePort: 9899, destination: "192.0.2.1" },
    { direction: "in", time: 250_000_000n, source: "192.0.2.1", destination: "192.168.0.1" },
  ]);
  expect(datagrams[0]?.comments[0]).toContain("INIT[");
});

test("captures are called after the scripts, below the folder of all of them", () => {
  const of = (...scripts: string[]): string[] => [...captureNames(scripts).values()];
  expect(of("/a/b/one.pkt", "/a/b/two.pkt")).toEqual(["one", "two"]);
  expect(of("/a/b/one.pkt", "/a/c/one.pkt")).toEqual(["b/one", "c/one"]);
  expect(of("/a/one.pkt", "/a/b/one.pkt")).toEqual(["one", "b/one"]);
  expect(of("/a/b/one.pkt", "/c/one.pkt")).toEqual(["a/b/one", "c/one"]);
  expect(of("one.pkt")).toEqual(["one"]);
});
