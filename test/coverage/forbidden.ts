import { readFileSync } from "node:fs";
import type { CoverageRow } from "../support/coverage-rows.ts";
import type { Mutant } from "./branches.ts";

/**
 * Duties that are kept by absence: what they forbid stands nowhere, so there is no branch to break, and what stands near
 * their clause says nothing of them. They are broken by hand: what they forbid is added, and their tests must fail at
 * each addition.
 */
interface Forbidden {
  /** The name of a duty, or the clause and the first words of a row without one. */
  readonly row: string;
  readonly file: string;
  /** What the addition comes before; it stands in the file once. */
  readonly before: string;
  readonly addition: string;
}

const FORBIDDEN: readonly Forbidden[] = [
  {
    row: "9260-3.3.2.1.5-01",
    file: "src/association/handshake/begin.ts",
    before: 'return {\n    type: "INIT",',
    addition: 'parameters.push({ type: "SUPPORTED-ADDRESS-TYPES", families: [5, 6, 11] });',
  },
  {
    // Acknowledged, and then discarded.
    row: "9260-6.2-31",
    file: "src/association/handlers/data.ts",
    before: "const fits =\n",
    addition: "if (delivery.window < chunk.data.length) return;",
  },
  {
    // One set for all paths.
    row: "9260-7.2-03",
    file: "src/association/path/path.ts",
    before: "}\n\n  get config()",
    addition: "this.congestion = options.config.shared ??= this.congestion;",
  },
  {
    // Kept three times over, so that no one branch tells: with each repetition of the chunk.
    row: "9260 8.3: ends with SHUTDOWN",
    file: "src/association/assemble.ts",
    before: "state.due = false;\n  state.t2 = ",
    addition: "if (state.attempts > 0) writer.add(writeHeartbeat(tcb, path, path.source, now));",
  },
  {
    row: "8260-2.1-02",
    file: "src/packet/chunks/i-data.ts",
    before: "const shared = readU32(bytes, offset + 16);",
    addition:
      'if (flags > 15 || readU16(bytes, offset + 10) > 0) return malformed(bytes, offset, length, "reserved");',
  },
  {
    row: "6525-5.1.7-04",
    file: "src/association/reconfig/re-config.ts",
    before: 'return { response: { type: "RE-CONFIG-RESPONSE", responseSequence, result } };',
    addition:
      'if (result > 1) return { response: { type: "RE-CONFIG-RESPONSE", responseSequence, result, senderNextTsn: 0, receiverNextTsn: 0 } };',
  },
  {
    row: "6525-4.1-02",
    file: "src/packet/parameters/parameter.ts",
    before: "default:\n      return undefined;",
    addition:
      'case 13: case 14: case 15: case 16: case 17: case 18: return { type: "FORWARD-TSN-SUPPORTED" };',
  },
  {
    row: "7829 3.2: 3, 4 being chosen",
    file: "src/association/path/path-set.ts",
    before: "return this.#current;\n",
    addition: "this.#current.errors = 0;",
  },
  {
    row: "7829 3.2: 3, 4 being chosen",
    file: "src/association/path/path-set.ts",
    before: "return this.#alternateTo(last) ?? last;",
    addition: "data.errors += 1;",
  },
  {
    row: "4895-5.1-03",
    file: "src/association/auth/verify.ts",
    before: "const hmacId = readU16",
    addition: "if (bytes[offset + 1] !== 0) return REFUSED;",
  },
  {
    row: "4895-6.3-16",
    file: "src/association/handshake/init.ts",
    before: 'const stateCookie: Parameter = { type: "STATE-COOKIE", cookie };',
    addition:
      "for (const secret of config.authentication?.keys.values() ?? []) cookie.set(secret.subarray(0, cookie.length));",
  },
];

export const FORBIDDEN_ROWS: readonly string[] = [...new Set(FORBIDDEN.map(({ row }) => row))];

const isOf = (row: CoverageRow, { row: name }: Forbidden): boolean =>
  row.duties.includes(name) || `${row.clauses[0]}: ${row.what}`.startsWith(name);

/** What a row forbids, as mutants of a tree that add it; none for a row that is kept by a branch. */
export function additionsOf(
  row: CoverageRow,
  tree: string,
): { readonly file: string; readonly mutant: Mutant }[] {
  return FORBIDDEN.filter((entry) => isOf(row, entry)).map(({ file, before, addition }) => {
    const text = readFileSync(`${tree}/${file}`, "utf8");
    const start = text.indexOf(before);
    if (start < 0 || text.includes(before, start + 1)) throw new Error(`${file} has not once: ${before}`);
    const line = text.slice(0, start).split("\n").length;
    return { file, mutant: { start, end: start, text: `${addition} `, line, what: `added: ${addition}` } };
  });
}
