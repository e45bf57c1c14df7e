import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** What a user gets: the tarball is built, installed in an empty folder, and used from there. */

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");
const INSTALL_TIMEOUT = 240_000;
const EXAMPLE_TIMEOUT = 20_000;

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

const workshop = mkdtempSync(join(tmpdir(), "usctp-package-"));
const consumer = join(workshop, "consumer");
const installed = join(consumer, "node_modules/usctp");

/** Runs a command to its end and returns what it printed; a failure throws with all of it. */
function run(command: string, args: readonly string[], cwd: string, timeout: number): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, timeout }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const end = error.killed ? `did not end within ${timeout} ms` : `ended with ${error.code}`;
      reject(new Error(`${command} ${args.join(" ")} ${end}\n${stdout}${stderr}`));
    });
  });
}

/** The first fenced block of ts or js in the README that is marked `example`. */
function readmeExample(): string {
  const readme = existsSync(join(ROOT, "README.md")) ? readFileSync(join(ROOT, "README.md"), "utf8") : "";
  const block = /^```(?:ts|js)[^\n]*\bexample\b[^\n]*\n(.*?)^```/ms.exec(readme)?.[1];
  if (block === undefined) throw new Error("README.md has no code block that starts with ```js example");
  return block;
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
}

function shippedFiles(): string[] {
  return readdirSync(installed, { recursive: true, withFileTypes: true, encoding: "utf8" })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(installed.length + 1)
        .replaceAll(sep, "/"),
    );
}

function typeCheck(file: string): Promise<string> {
  const settings = [
    ...[
      "--noEmit",
      "--strict",
      "--target",
      "es2022",
      "--module",
      "nodenext",
      "--moduleResolution",
      "nodenext",
    ],
    // Our declarations are to be checked, not skipped as those of libraries usually are.
    ...["--skipLibCheck", "false", "--types", "node", "--typeRoots", join(ROOT, "node_modules/@types")],
  ];
  return run(process.execPath, [TSC, ...settings, file], consumer, INSTALL_TIMEOUT);
}

beforeAll(async () => {
  // Built in a copy: other tests read this tree at the same time, and someone may be using its dist.
  const copy = join(workshop, "usctp");
  mkdirSync(copy);
  for (const name of readdirSync(ROOT)) {
    if (/^(src|docs|package\.json|tsconfig.*\.json|.*\.md|LICENSE)$/.test(name)) {
      cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    }
  }
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"), "dir");
  await run("npm", ["pack", "--pack-destination", workshop], copy, INSTALL_TIMEOUT);

  const tarball = readdirSync(workshop).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm pack left no tarball");
  mkdirSync(consumer);
  writeFileSync(
    join(consumer, "package.json"),
    JSON.stringify({ name: "consumer", private: true, type: "module" }),
  );
  await run(
    "npm",
    ["install", "--prefer-offline", "--no-audit", "--no-fund", join(workshop, tarball)],
    consumer,
    INSTALL_TIMEOUT,
  );
}, 2 * INSTALL_TIMEOUT);

afterAll(() => {
  rmSync(workshop, { recursive: true, force: true });
});

describe("the npm package", () => {
  test("has two runtime dependencies and no install scripts", () => {
    expect(Object.keys(manifest().dependencies).sort()).toEqual(["@noble/hashes", "crc-32"]);
    expect(manifest().scripts).not.toHaveProperty("preinstall");
    expect(manifest().scripts).not.toHaveProperty("install");
    expect(manifest().scripts).not.toHaveProperty("postinstall");
  });

  test("ships code and declarations for every export", () => {
    const promised = Object.values(manifest().exports).flatMap((entry) =>
      typeof entry === "string" ? [entry] : [entry.types, entry.default],
    );
    expect(shippedFiles()).toEqual(expect.arrayContaining(promised.map((path) => path.replace("./", ""))));
  });

  test("ships README, licence, changelog and documentation, and neither sources nor tests", () => {
    const outside = shippedFiles().filter((path) => !/^(dist|docs)\//.test(path));
    expect(outside.sort()).toEqual([
      "CHANGELOG.md",
      "CONTRIBUTING.md",
      "LICENSE",
      "README.md",
      "SECURITY.md",
      "package.json",
    ]);
    const docs = shippedFiles().filter((path) => path.startsWith("docs/"));
    expect(docs.filter((path) => !/\.md$|^docs\/examples\/.*\.ts$/.test(path))).toEqual([]);
    const strays = shippedFiles().filter(
      (path) => path.startsWith("dist/") && !/(?<!\.test)\.(js|d\.ts)$/.test(path),
    );
    expect(strays).toEqual([]);
  });

  test("ships whatever its documentation links to", () => {
    const pages = shippedFiles().filter((path) => path.endsWith(".md"));
    const dead = pages.flatMap((page) => {
      const text = readFileSync(join(installed, page), "utf8");
      const links = [...text.matchAll(/\]\((?!\w+:)([^)#\s]+)/g)].map(([, link]) => link as string);
      return links
        .filter((link) => !existsSync(join(installed, page, "..", link)))
        .map((link) => `${page}: ${link}`);
    });
    expect(pages).toContain("docs/api.md");
    expect(dead).toEqual([]);
  });

  test(
    "type-checks from outside, each entry",
    async () => {
      const entries = Object.entries(manifest().exports).filter(([, entry]) => typeof entry !== "string");
      const lines = entries.map(([key], index) => `export * as e${index} from "usctp${key.slice(1)}";`);
      writeFileSync(join(consumer, "entries.ts"), lines.join("\n"));
      await typeCheck("entries.ts");
    },
    INSTALL_TIMEOUT,
  );

  test(
    "type-checks the README's example",
    async () => {
      writeFileSync(join(consumer, "example.ts"), readmeExample());
      await typeCheck("example.ts");
    },
    INSTALL_TIMEOUT,
  );

  test(
    "runs the README's example with plain node",
    async () => {
      writeFileSync(join(consumer, "example.mjs"), readmeExample());
      await run(process.execPath, ["example.mjs"], consumer, EXAMPLE_TIMEOUT);
    },
    EXAMPLE_TIMEOUT + 5_000,
  );
});
