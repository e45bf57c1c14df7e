import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildProgram, cacheFolder, type PeerProgram } from "../program.ts";
import { noAuth, noInterleaving, noReconfig, type Stack } from "../stack.ts";

const hint = "apt-get install -y golang-go golang-github-pion-sctp-dev";

/** Where Debian puts the sources of Go libraries. */
const gopath = "/usr/share/gocode";
const association: string = join(gopath, "src/github.com/pion/sctp/association.go");

function compile(path: string, sources: readonly string[]): string | undefined {
  if (!existsSync(association)) return "golang-github-pion-sctp-dev is not installed";
  const [source = ""] = sources;
  const run = spawnSync("go", ["build", "-o", path, "."], {
    cwd: dirname(source),
    encoding: "utf8",
    // No network: everything is there, or it is not.
    env: {
      ...process.env,
      GO111MODULE: "off",
      GOPATH: gopath,
      GOFLAGS: "",
      GOCACHE: join(cacheFolder(), "go"),
    },
  });
  if (run.error !== undefined) return "there is no Go compiler (go)";
  if (run.status === 0) return undefined;
  if (/cannot find package/.test(run.stderr)) return "golang-github-pion-sctp-dev is not installed";
  throw new Error(`the pion peer does not compile:\n${run.stderr}`);
}

const onePath = "it has one connection, and so one path";
const noEncapsulation = "it is given a connection: the sockets, and their ports, are our program's";
const noRestart = 'it refuses an INIT once it is established ("todo: handle Init when in state")';
const wrongAck =
  "a fault (1.8.6): its SHUTDOWN acknowledges by its own TSNs instead of ours, which every other time is a TSN never sent";
const dropsQueue =
  "a fault (1.8.6): once a shutdown has begun it sends nothing that was queued, and drops or strands it";

/** RFC 6525. */
const closesChannels = "it has no request but that one stream after the other be reset as channels close";

/** RFC 5061. */
const noAsconf = "it has no dynamic address reconfiguration";

/** What WebRTC is mostly talked with in Go, as Debian packages it. */
export const pion: Stack = {
  name: "pion",
  hint,
  prepare(): PeerProgram {
    const folder = fileURLToPath(new URL(".", import.meta.url));
    const version = existsSync(association) ? readFileSync(association, "utf8") : "";
    return buildProgram({ name: "pion", folder, sources: /\.go$/, version, hint, compile });
  },
  // Its client knows no others.
  ports: { ours: 5_000, peer: 5_000 },
  bulk: 32 << 20,
  lossy: 160 << 10,
  largest: 1 << 20,
  traits: {
    counts: false,
    tellsOrder: false,
    abortReason: true,
    tellsShutdown: true,
    tellsFailures: false,
    resetsInTurn: true,
    settings: false,
  },
  cannot: {
    ...noAuth,
    ...noReconfig(closesChannels),
    ...noInterleaving,
    "failover-out": onePath,
    "failover-in": onePath,
    families: onePath,
    "addresses-of-us": noAsconf,
    "addresses-of-it": noAsconf,
    "shutdown-by-us": dropsQueue,
    "shutdown-by-it": dropsQueue,
    "close-by-it": wrongAck,
    "restart-of-us": noRestart,
    "it-learns-port": noEncapsulation,
  },
};
