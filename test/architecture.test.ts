import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  ambientOffences,
  componentOffences,
  cycles,
  dependencyOffences,
  layerOffences,
  lengthOffences,
  type Manifest,
  packageOffences,
  type SourceText,
  styleOffences,
} from "./support/architecture.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

function sourcesUnder(folder: string): SourceText[] {
  if (!existsSync(`${ROOT}${folder}`)) return [];
  return readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".ts") && !/\/(node_modules|dist)\//.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(`${ROOT}${path}`, "utf8") }));
}

function manifestOf(folder: string): Manifest {
  const path = `${ROOT}${folder}/package.json`;
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
}

const root = manifestOf(".");

describe("the source tree", () => {
  const library = sourcesUnder("src");
  const packages = sourcesUnder("packages");

  test("is found", () => {
    expect(library.length).toBeGreaterThan(0);
  });

  test("imports along the arrows of the layers only", () => {
    expect(layerOffences(library)).toEqual([]);
  });

  test("has no cycle of imports", () => {
    expect(cycles(library)).toEqual([]);
  });

  test("imports Node only in datagram, driver and api, and no undeclared package", () => {
    expect(dependencyOffences(library, root)).toEqual([]);
  });

  test("has no clock, timer, randomness or host object below the driver", () => {
    expect(ambientOffences(library)).toEqual([]);
  });

  test("keeps components from the TCB, and path from send", () => {
    expect(componentOffences(library)).toEqual([]);
  });

  test("has no `as any`, silenced type error or default export", () => {
    expect(styleOffences(library)).toEqual([]);
  });

  test("has no overlong file, tests and benchmarks included", () => {
    const files = [...library, ...packages, ...sourcesUnder("test"), ...sourcesUnder("bench")];
    expect(lengthOffences(files)).toEqual([]);
  });

  test("has companion packages that import only what usctp exports", () => {
    expect(packageOffences(packages, root, manifestOf)).toEqual([]);
  });

  test("has companion packages that ask for the versions that usctp asks for", () => {
    const asked = { ...root.devDependencies, ...root.dependencies };
    const others = readdirSync(`${ROOT}packages`).flatMap((folder) =>
      Object.entries(manifestOf(`packages/${folder}`).dependencies ?? {}).filter(
        ([name, version]) => name in asked && asked[name] !== version,
      ),
    );
    expect(others).toEqual([]);
  });
});

/** A rule that matches nothing would pass on any tree: each one is shown what it must find. */
describe("the rules", () => {
  const source = (path: string, text: string): SourceText => ({ path, text });

  test.each([
    ["src/base/a.ts", `import { x } from "../packet/b.ts";`],
    ["src/packet/a.ts", `export * from "../association/b.ts";`],
    ["src/association/send/a.ts", `import type { X } from "../../stack/b.ts";`],
    ["src/stack/a.ts", `const x = await import("../driver/b.ts");`],
    ["src/stack/a.ts", `let x: import("../datagram/b.ts").X;`],
    ["src/datagram/a.ts", `import "../packet/b.ts";`],
    ["src/driver/a.ts", `import "../api/b.ts";`],
    ["src/api/net/a.ts", `import "../../../packages/sim/index.ts";`],
    ["src/helpers/a.ts", ""],
    ["src/a.ts", ""],
  ])("refuse the import in %s: %s", (path, text) => {
    expect(layerOffences([source(path, text)])).toHaveLength(1);
  });

  test("let arrows reach over layers", () => {
    const reaching = [
      source("src/api/message/a.ts", `import "../../base/b.ts"; import "../../datagram/c.ts";`),
      source("src/driver/a.ts", `import "../packet/b.ts"; import "./c.ts"; import "node:dgram";`),
    ];
    expect(layerOffences(reaching)).toEqual([]);
  });

  test("find a cycle, also one of types", () => {
    const ring = [
      source("src/base/a.ts", `import { b } from "./b.ts";`),
      source("src/base/b.ts", `import type { c } from "./more/c.ts";`),
      source("src/base/more/c.ts", `export { a } from "../a.ts";`),
    ];
    expect(cycles(ring)).toEqual(["src/base/a.ts → src/base/b.ts → src/base/more/c.ts → src/base/a.ts"]);
    expect(cycles(ring.slice(0, 2))).toEqual([]);
  });

  test.each([
    ["src/stack/a.ts", "node:crypto"],
    ["src/driver/a.ts", "fs"],
    ["src/base/a.ts", "lodash"],
    ["src/api/net/a.ts", "usctp"],
  ])("refuse in %s the import of %s", (path, specifier) => {
    expect(dependencyOffences([source(path, `import "${specifier}";`)], root)).toHaveLength(1);
  });

  test("let runtime dependencies and, above the core, Node be imported", () => {
    const fine = [
      source("src/base/a.ts", `import "crc-32/crc32c.js"; import "@noble/hashes/hmac.js";`),
      source("src/datagram/a.ts", `import "node:dgram";`),
    ];
    expect(dependencyOffences(fine, root)).toEqual([]);
  });

  test.each([
    "const now = Date.now();",
    "new Date();",
    "performance.now();",
    "setTimeout(() => {}, 1);",
    "const later = setImmediate;",
    "queueMicrotask(f);",
    "Math.random();",
    "let bytes: Buffer;",
    "process.nextTick(f);",
    "crypto.getRandomValues(x);",
    "globalThis.setTimeout(f);",
    "const clock = { Date };",
    "console.log(1);",
  ])("refuse in the core: %s", (text) => {
    expect(ambientOffences([source("src/association/a.ts", text)])).toHaveLength(1);
    expect(ambientOffences([source("src/driver/a.ts", text)])).toEqual([]);
  });

  test("leave members of such names alone", () => {
    const text =
      "interface A { process(): void; crypto: B } class C { Date = 1 } a.process(); f({ crypto: 1 });";
    expect(ambientOffences([source("src/stack/a.ts", text)])).toEqual([]);
  });

  test.each([
    ["src/association/path/a.ts", "../send/b.ts"],
    ["src/association/path/a.ts", "../tcb.ts"],
    ["src/association/send/a.ts", "../tcb.ts"],
    ["src/association/send/schedulers/a.ts", "../../tcb.ts"],
    ["src/association/receive/a.ts", "../tcb.ts"],
  ])("refuse in %s the import of %s", (path, specifier) => {
    expect(componentOffences([source(path, `import type { X } from "${specifier}";`)])).toHaveLength(1);
  });

  test("let handlers see the TCB, and send see path", () => {
    const fine = [
      source("src/association/handlers/a.ts", `import "../tcb.ts";`),
      source("src/association/send/a.ts", `import "../path/b.ts";`),
    ];
    expect(componentOffences(fine)).toEqual([]);
  });

  test.each([
    "const x = y as any;",
    "const x = <any>y;",
    "// @ts-ignore",
    "export default 1;",
    "export default function f() {}",
    "export default class {}",
    "export { x as default };",
    `export * as default from "./b.ts";`,
  ])("refuse in src: %j", (text) => {
    expect(styleOffences([source("src/base/a.ts", text)])).toHaveLength(1);
  });

  test("refuse a file of 600 lines, and let one of 599 be", () => {
    const lines = (count: number) => source("test/a.test.ts", "x;\n".repeat(count));
    expect(lengthOffences([lines(599), lines(600)])).toEqual([
      "test/a.test.ts has 600 lines; 600 or more hold two ideas",
    ]);
  });

  test.each([
    "../../src/stack/index.ts",
    "../demo/main.ts",
    "../../test/support/peers.ts",
    "usctp/dist/stack/index.js",
    "vitest",
  ])("refuse in a package the import of %s", (specifier) => {
    const offender = source("packages/sim/a.ts", `import "${specifier}";`);
    expect(packageOffences([offender], root, () => ({}))).toHaveLength(1);
  });

  test("let packages import usctp by name, their own files and what their manifest lists", () => {
    const fine = [
      source("packages/sim/a.ts", `import "usctp"; import "usctp/core"; import "./b.ts"; import "node:fs";`),
      source("packages/sim/b.ts", `import "@usctp/trace"; import "chalk";`),
      source("packages/sim/a.test.ts", `import "vitest"; import "../../test/support/peers.ts";`),
    ];
    expect(packageOffences(fine, root, () => ({ dependencies: { chalk: "1" } }))).toEqual([]);
  });
});
