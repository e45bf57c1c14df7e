import { posix } from "node:path";
import ts from "typescript";

/**
 * The rules of docs/architecture.md as functions from sources to offences, apart from the test that applies
 * them to the tree, so that they can also be shown sources that break them.
 */

/** A TypeScript file: its path from the repository's root, with forward slashes, and its text. */
export interface SourceText {
  readonly path: string;
  readonly text: string;
}

/** What the manifest at the root, or of a package, permits to import. */
export interface Manifest {
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

interface Import {
  readonly specifier: string;
  readonly line: number;
  /** Path from the root, when the specifier is relative. */
  readonly target: string | undefined;
}

/** What each layer may import besides itself. Types count as well: a type is knowledge of a layer too. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  packet: ["base"],
  association: ["packet", "base"],
  stack: ["association", "packet", "base"],
  datagram: ["base"],
  driver: ["datagram", "stack", "association", "packet", "base"],
  api: ["driver", "datagram", "stack", "association", "packet", "base"],
};

/** The layers that hold the event loop. The others are told the time and are handed their randomness. */
const LAYERS_WITH_NODE: readonly string[] = ["datagram", "driver", "api"];

const AMBIENT: ReadonlySet<string> = new Set([
  "Buffer",
  "Date",
  "clearImmediate",
  "clearInterval",
  "clearTimeout",
  "console",
  "crypto",
  "global",
  "globalThis",
  "performance",
  "process",
  "queueMicrotask",
  "setImmediate",
  "setInterval",
  "setTimeout",
]);

const MAX_LINES = 600;

/** Where programs written for other packages come with `import sctp from`. */
const NAMESPACES_AS_DEFAULT: readonly string[] = ["src/api/net/index.ts"];

function layerOf(path: string): string {
  return path.split("/")[1] ?? "";
}

/** "@scope/name/file.js" and "name/file.js" without the file. */
function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function importsOf({ path, text }: SourceText): Import[] {
  // It finds `import type`, re-exports, `import()` and import types alike.
  return ts.preProcessFile(text).importedFiles.map(({ fileName, pos }) => ({
    specifier: fileName,
    line: text.slice(0, pos).split("\n").length,
    target: fileName.startsWith(".") ? posix.join(posix.dirname(path), fileName) : undefined,
  }));
}

function offences(
  sources: readonly SourceText[],
  judge: (from: string, it: Import) => string | undefined,
): string[] {
  return sources.flatMap((source) =>
    importsOf(source).flatMap((it) => {
      const fault = judge(source.path, it);
      return fault === undefined ? [] : [`${source.path}:${it.line} imports "${it.specifier}": ${fault}`];
    }),
  );
}

/** The arrows of the layer diagram, for files under src/. */
export function layerOffences(sources: readonly SourceText[]): string[] {
  const homeless = sources
    .filter(({ path }) => LAYERS[layerOf(path)] === undefined)
    .map(({ path }) => `${path}: is in none of the layers ${Object.keys(LAYERS).join(", ")}`);
  const against = offences(sources, (from, { target }) => {
    if (target === undefined) return undefined;
    if (!target.startsWith("src/")) return "it is outside src";
    const here = layerOf(from);
    const there = layerOf(target);
    const allowed = LAYERS[here] ?? [];
    if (here === there || allowed.includes(there)) return undefined;
    return `${here} may import ${allowed.length === 0 ? "no other layer" : allowed.join(", ")}`;
  });
  return [...homeless, ...against];
}

/** In src: Node only where the event loop is, and else nothing but the declared runtime dependencies. */
export function dependencyOffences(sources: readonly SourceText[], root: Manifest): string[] {
  return offences(sources, (from, { specifier, target }) => {
    if (target !== undefined) return undefined;
    if (specifier.startsWith("node:")) {
      return LAYERS_WITH_NODE.includes(layerOf(from))
        ? undefined
        : `${layerOf(from)} is below the event loop`;
    }
    return packageName(specifier) in (root.dependencies ?? {}) ? undefined : "it is no runtime dependency";
  });
}

/** Inside src/association: who may know whom. */
export function componentOffences(sources: readonly SourceText[]): string[] {
  return offences(sources, (from, { target }) => {
    if (/^src\/association\/(send|receive|path)\//.test(from) && target === "src/association/tcb.ts") {
      return "components own their state and never see the TCB";
    }
    if (from.startsWith("src/association/path/") && target?.startsWith("src/association/send/")) {
      return "path does not know send";
    }
    return undefined;
  });
}

/** Cycles of imports between files, each once, as "a → b → a". */
export function cycles(sources: readonly SourceText[]): string[] {
  const edges = new Map(
    sources.map((source) => [source.path, importsOf(source).flatMap(({ target }) => target ?? [])]),
  );
  const found: string[] = [];
  const finished = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    if (finished.has(path)) return;
    const start = trail.indexOf(path);
    if (start >= 0) {
      found.push([...trail.slice(start), path].join(" → "));
      return;
    }
    trail.push(path);
    for (const next of edges.get(path) ?? []) visit(next);
    trail.pop();
    finished.add(path);
  };
  for (const path of edges.keys()) visit(path);
  return found;
}

/** Below the driver: no clock, timer, randomness or host object, by their global names. */
export function ambientOffences(sources: readonly SourceText[]): string[] {
  return sources
    .filter(({ path }) => !LAYERS_WITH_NODE.includes(layerOf(path)))
    .flatMap((source) =>
      nodesOf(source, (node) => {
        if (ts.isPropertyAccessExpression(node) && node.getText() === "Math.random") return "Math.random";
        return ts.isIdentifier(node) && AMBIENT.has(node.text) && !isMemberName(node) ? node.text : undefined;
      }).map((place) => `${place}: the core is handed its time and randomness`),
    );
}

/** `it.process` and `{ process: … }` name a member of something else. */
function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) || ts.isQualifiedName(parent)) {
    return (ts.isPropertyAccessExpression(parent) ? parent.name : parent.right) === node;
  }
  return (
    (ts.isClassElement(parent) || ts.isTypeElement(parent) || ts.isPropertyAssignment(parent)) &&
    parent.name === node
  );
}

/** In src: no way around the type checker, no default export. */
export function styleOffences(sources: readonly SourceText[]): string[] {
  const casts = sources.flatMap((source) =>
    nodesOf(source, (node) => {
      if (ts.isAssertionExpression(node) && node.type.kind === ts.SyntaxKind.AnyKeyword) return "as any";
      if (
        ts.isExportAssignment(node) ||
        (node.kind === ts.SyntaxKind.DefaultKeyword && isExport(node.parent))
      ) {
        return "default export";
      }
      if (ts.isNamespaceExport(node) && node.name.text === "default") {
        return NAMESPACES_AS_DEFAULT.includes(source.path) ? undefined : "default export";
      }
      return ts.isExportSpecifier(node) && node.name.text === "default" ? "default export" : undefined;
    }),
  );
  const directives = sources.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) => {
      const directive = /@ts-(ignore|nocheck)/.exec(line);
      return directive === null ? [] : [`${path}:${index + 1} ${directive[0]}`];
    }),
  );
  return [...casts, ...directives];
}

/** Everywhere: no file that holds two ideas. */
export function lengthOffences(sources: readonly SourceText[]): string[] {
  return sources.flatMap(({ path, text }) => {
    const { length } = text.trimEnd().split("\n");
    return length < MAX_LINES ? [] : [`${path} has ${length} lines; ${MAX_LINES} or more hold two ideas`];
  });
}

function isExport(node: ts.Node): boolean {
  return (
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  );
}

/** Every node that `match` gives a name, as "path:line name". */
function nodesOf({ path, text }: SourceText, match: (node: ts.Node) => string | undefined): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const name = match(node);
    if (name !== undefined) {
      found.push(`${path}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1} ${name}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/**
 * A companion package stands where a user stands: it imports what `usctp` exports, other companions, Node and
 * what its own manifest lists. Its tests may also use the root's development tools and test/support.
 */
export function packageOffences(
  sources: readonly SourceText[],
  root: Manifest,
  manifestOf: (folder: string) => Manifest,
): string[] {
  const exported = Object.keys(root.exports ?? {}).map((key) => `usctp${key.slice(1)}`);
  return offences(sources, (from, { specifier, target }) => {
    const home = from.split("/").slice(0, 2).join("/");
    const isTest = from.endsWith(".test.ts");
    if (target !== undefined) {
      if (target.startsWith(`${home}/`) || (isTest && target.startsWith("test/support/"))) return undefined;
      return `it is outside ${home}; import the library as ${exported.join(", ")}`;
    }
    if (specifier.startsWith("node:") || packageName(specifier).startsWith("@usctp/")) return undefined;
    if (packageName(specifier) === "usctp") {
      return exported.includes(specifier) ? undefined : `usctp exports only ${exported.join(", ")}`;
    }
    const { dependencies, peerDependencies } = manifestOf(home);
    const declared = { ...dependencies, ...peerDependencies, ...(isTest ? root.devDependencies : {}) };
    return packageName(specifier) in declared ? undefined : `${home}/package.json does not list it`;
  });
}
