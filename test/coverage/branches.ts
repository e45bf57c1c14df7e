import { readdirSync, readFileSync, statSync } from "node:fs";
import ts from "typescript";
import type { CoverageRow } from "../support/coverage-rows.ts";
import { COVERED_RFCS, dutiesOf, rfcsAreHere } from "../support/rfc-duties.ts";

/** Finds the branches that stand below a clause of an RFC, and the ways to break them. */

export interface Branch {
  readonly file: string;
  /** Of the comment, 1 the first. */
  readonly line: number;
  readonly comment: string;
  /** How many words the comment has in common with the duty. */
  readonly likeness: number;
  readonly mutants: readonly Mutant[];
}

/** One way to break a branch: `text` takes the place of what stands from `start` to `end`. */
export interface Mutant {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly line: number;
  /** "never: state === ...", as a person reads it. */
  readonly what: string;
}

/** Branches of a row that are looked at. */
const MOST_BRANCHES = 3;

const sentences = new Map(
  rfcsAreHere() ? COVERED_RFCS.flatMap(dutiesOf).map(({ id, sentence }) => [id, sentence] as const) : [],
);

/** Where a row is kept in a tree, the likeliest branch first: the comment has most words in common with the duty. */
export function branchesOfRow(row: CoverageRow, tree: string): Branch[] {
  const words = wordsOf([row.what, ...row.duties.map((duty) => sentences.get(duty) ?? "")].join(" "));
  return row.files
    .flatMap((file) => branchesOf(tree, file, row.clauses, words))
    .filter(({ mutants }) => mutants.length > 0)
    .sort((one, other) => other.likeness - one.likeness)
    .slice(0, MOST_BRANCHES);
}

/** The branches in a file, or in those of a folder, whose comment names one of the clauses ("9260 6.2"). */
function branchesOf(
  root: string,
  path: string,
  clauses: readonly string[],
  words: ReadonlySet<string>,
): Branch[] {
  return sourcesOf(root, path).flatMap((file) => {
    const text = readFileSync(`${root}/${file}`, "utf8");
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    return commentsOf(source)
      .filter(({ comment }) => clausesOf(comment).some((clause) => clauses.includes(clause)))
      .map(({ comment, pos, end }): Branch => {
        const likeness = [...wordsOf(comment)].filter((word) => words.has(word)).length;
        return {
          file,
          line: lineOf(source, pos),
          comment,
          likeness,
          mutants: mutantsBelow(source, end),
        };
      });
  });
}

/** Words that stand in every other clause, and tell none from another. */
const COMMON = new Set(
  "the and for that not with from which this are its has have been when where only must should may rfc chunk chunks packet".split(
    " ",
  ),
);

function wordsOf(text: string): Set<string> {
  const words = text.toLowerCase().match(/[a-z][a-z0-9_]{2,}/g) ?? [];
  return new Set(words.filter((word) => !COMMON.has(word)));
}

/** "RFC 6951 §5.4 and §5.7; RFC 9260 §8.1 A" names 6951 5.4, 6951 5.7 and 9260 8.1. Without an RFC it is 9260. */
function clausesOf(comment: string): string[] {
  let rfc = "9260";
  const found: string[] = [];
  for (const [, number, section] of comment.matchAll(/RFC (\d{4})|§(\d+(?:\.\d+)*)/g)) {
    if (number !== undefined) rfc = number;
    else found.push(`${rfc} ${section}`);
  }
  return found;
}

function sourcesOf(root: string, path: string): string[] {
  if (!statSync(`${root}/${path}`).isDirectory()) return [path];
  return readdirSync(`${root}/${path}`)
    .sort()
    .flatMap((name) => sourcesOf(root, `${path}/${name}`));
}

interface Comment {
  readonly comment: string;
  readonly pos: number;
  readonly end: number;
}

/** All comments; lines of `//` that follow each other are one. */
function commentsOf(source: ts.SourceFile): Comment[] {
  const { text } = source;
  const ranges = new Map<number, ts.CommentRange>();
  const visit = (node: ts.Node): void => {
    for (const range of ts.getLeadingCommentRanges(text, node.getFullStart()) ?? [])
      ranges.set(range.pos, range);
    for (const child of node.getChildren(source)) visit(child);
  };
  visit(source);
  const found: Comment[] = [];
  for (const { pos, end } of [...ranges.values()].sort((one, other) => one.pos - other.pos)) {
    const last = found.at(-1);
    const between = last === undefined ? "" : text.slice(last.end, pos);
    const comment = text.slice(pos, end);
    if (last !== undefined && comment.startsWith("//") && /^\n[ \t]*$/.test(between)) {
      found[found.length - 1] = { comment: `${last.comment} ${comment}`, pos: last.pos, end };
    } else {
      found.push({ comment, pos, end });
    }
  }
  return found;
}

function lineOf(source: ts.SourceFile, pos: number): number {
  return source.getLineAndCharacterOfPosition(pos).line + 1;
}

/** What begins after a comment, and how it can be broken. */
function mutantsBelow(source: ts.SourceFile, end: number): Mutant[] {
  const found = nodeAfter(source, end);
  // What is said of a whole class is said again at its branches.
  if (found === undefined || ts.isClassDeclaration(found)) return [];
  const mutants: Mutant[] = [];
  new Breaker(source, mutants).visit(found);
  // A comment above a plain statement speaks of those after it, too, up to the next comment or an empty line.
  for (const next of paragraphOf(source, found)) new Breaker(source, mutants).visit(next);
  return mutants;
}

/** The largest node that begins where the text goes on. */
function nodeAfter(source: ts.SourceFile, end: number): ts.Node | undefined {
  let found: ts.Node | undefined;
  const visit = (node: ts.Node): void => {
    if (found !== undefined || node.end <= end) return;
    if (node !== source && node.getStart(source) >= end) {
      found = node;
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The statements that follow a plain one without a gap. */
function paragraphOf(source: ts.SourceFile, node: ts.Node): ts.Node[] {
  if (!ts.isVariableStatement(node) && !ts.isExpressionStatement(node)) return [];
  if (ts.isSourceFile(node.parent)) return [];
  const siblings: ts.Node[] = [];
  ts.forEachChild(node.parent, (child) => {
    siblings.push(child);
  });
  const after = siblings.slice(siblings.indexOf(node) + 1);
  const isApart = (sibling: ts.Node): boolean =>
    /\n\s*\n|\/[/*]/.test(source.text.slice(sibling.getFullStart(), sibling.getStart(source)));
  const end = after.findIndex(isApart);
  return end < 0 ? after : after.slice(0, end);
}

const SWAPS: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, "!=="],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, "==="],
  [ts.SyntaxKind.LessThanToken, ">="],
  [ts.SyntaxKind.LessThanEqualsToken, ">"],
  [ts.SyntaxKind.GreaterThanToken, "<="],
  [ts.SyntaxKind.GreaterThanEqualsToken, "<"],
  [ts.SyntaxKind.PlusToken, "-"],
  [ts.SyntaxKind.MinusToken, "+"],
  [ts.SyntaxKind.AsteriskToken, "/"],
  [ts.SyntaxKind.SlashToken, "*"],
  [ts.SyntaxKind.PercentToken, "*"],
  [ts.SyntaxKind.PlusEqualsToken, "-="],
  [ts.SyntaxKind.MinusEqualsToken, "+="],
  [ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken, "<<"],
  [ts.SyntaxKind.LessThanLessThanToken, ">>>"],
  [ts.SyntaxKind.AmpersandToken, "|"],
  [ts.SyntaxKind.BarToken, "&"],
]);

/**
 * Collects the mutants of a node, the most telling first: a condition that never holds, one that always does, a
 * statement left out, another value.
 */
class Breaker {
  readonly #source: ts.SourceFile;
  readonly #mutants: Mutant[];

  constructor(source: ts.SourceFile, mutants: Mutant[]) {
    this.#source = source;
    this.#mutants = mutants;
  }

  #add(node: ts.Node, text: string, what: string): void {
    const start = node.getStart(this.#source);
    const shown = node.getText(this.#source).replaceAll(/\s+/g, " ").slice(0, 60);
    this.#mutants.push({
      start,
      end: node.end,
      text,
      line: lineOf(this.#source, start),
      what: `${what}: ${shown}`,
    });
  }

  visit(node: ts.Node): void {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isImportDeclaration(node) || ts.isParameter(node)) return;
    if (ts.isIfStatement(node) || ts.isWhileStatement(node)) {
      this.#add(
        node.kind === ts.SyntaxKind.IfStatement ? node.expression : node.expression,
        "false",
        "never",
      );
      if (ts.isIfStatement(node)) this.#add(node.expression, "true", "always");
    } else if (ts.isConditionalExpression(node)) {
      this.#add(node.condition, "false", "never");
      this.#add(node.condition, "true", "always");
    } else if (ts.isExpressionStatement(node) || ts.isBreakStatement(node) || ts.isContinueStatement(node)) {
      this.#add(node, ";", "left out");
    } else if (ts.isReturnStatement(node)) {
      this.#return(node);
    } else if (ts.isBinaryExpression(node)) {
      this.#binary(node);
    } else if (ts.isPropertyAssignment(node) || isDeclaration(node)) {
      // Without what it is taken from, a destructuring only throws.
      if (!ts.isObjectBindingPattern(node.name)) this.#value(node.initializer);
    } else if (ts.isSpreadElement(node)) {
      // Nothing at all would leave a hole in the list.
      this.#add(node, "...[]", "left out");
    } else if (ts.isCallExpression(node)) {
      this.#call(node);
    } else {
      this.#literal(node);
    }
    ts.forEachChild(node, (child) => this.visit(child));
  }

  #return(node: ts.ReturnStatement): void {
    const { expression } = node;
    if (expression === undefined) this.#add(node, ";", "left out");
    else if (expression.kind === ts.SyntaxKind.TrueKeyword) return;
    else if (expression.kind === ts.SyntaxKind.FalseKeyword) return;
    else if (isCondition(expression)) {
      this.#add(expression, "false", "never");
      this.#add(expression, "true", "always");
    } else if (!ts.isObjectLiteralExpression(expression)) {
      this.#add(expression, "undefined", "nothing instead of");
    }
  }

  #binary(node: ts.BinaryExpression): void {
    const { left, right, operatorToken } = node;
    const and = ts.SyntaxKind.AmpersandAmpersandToken;
    const or = ts.SyntaxKind.BarBarToken;
    if (operatorToken.kind === and || operatorToken.kind === or) {
      const without = operatorToken.kind === and ? "true" : "false";
      this.#add(left, without, "without");
      this.#add(right, without, "without");
    } else if (operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) {
      this.#add(node, right.getText(this.#source), "always the default");
    }
    const swap = SWAPS.get(operatorToken.kind);
    if (swap !== undefined) this.#add(operatorToken, swap, `${swap} instead of`);
  }

  #value(value: ts.Expression | undefined): void {
    if (value === undefined || isCompound(value) || isConstant(value)) return;
    if (isCondition(value)) {
      this.#add(value, "false", "never");
      this.#add(value, "true", "always");
    } else if (value.getText(this.#source) === "Number.POSITIVE_INFINITY") {
      this.#add(value, "0", "0 instead of");
    } else if (ts.isIdentifier(value) && value.text === "undefined") {
      this.#add(value, "[]", "a list instead of");
    } else {
      this.#add(value, "undefined", "nothing instead of");
    }
  }

  #call(node: ts.CallExpression): void {
    const name = node.expression.getText(this.#source);
    if (name === "Math.min") this.#add(node.expression, "Math.max", "max instead of");
    else if (name === "Math.max") this.#add(node.expression, "Math.min", "min instead of");
    else if (name === "Math.ceil") this.#add(node.expression, "Math.floor", "floor instead of");
  }

  #literal(node: ts.Node): void {
    if (ts.isNumericLiteral(node)) this.#add(node, `(${node.getText(this.#source)} + 1)`, "one more than");
    else if (node.kind === ts.SyntaxKind.TrueKeyword) this.#add(node, "false", "false instead of");
    else if (node.kind === ts.SyntaxKind.FalseKeyword) this.#add(node, "true", "true instead of");
    else if (ts.isStringLiteral(node) && !isName(node)) this.#add(node, '"broken"', "another word than");
  }
}

/** Of a variable or a field. */
function isDeclaration(node: ts.Node): node is ts.VariableDeclaration | ts.PropertyDeclaration {
  return ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node);
}

function isCondition(node: ts.Expression): boolean {
  if (ts.isParenthesizedExpression(node)) return isCondition(node.expression);
  if (ts.isPrefixUnaryExpression(node)) return node.operator === ts.SyntaxKind.ExclamationToken;
  if (!ts.isBinaryExpression(node)) return false;
  return [
    ts.SyntaxKind.AmpersandAmpersandToken,
    ts.SyntaxKind.BarBarToken,
    ts.SyntaxKind.EqualsEqualsEqualsToken,
    ts.SyntaxKind.ExclamationEqualsEqualsToken,
    ts.SyntaxKind.LessThanToken,
    ts.SyntaxKind.LessThanEqualsToken,
    ts.SyntaxKind.GreaterThanToken,
    ts.SyntaxKind.GreaterThanEqualsToken,
  ].includes(node.operatorToken.kind);
}

/** What is broken inside. */
function isCompound(node: ts.Expression): boolean {
  return (
    ts.isArrowFunction(node) ||
    ts.isFunctionExpression(node) ||
    ts.isObjectLiteralExpression(node) ||
    ts.isArrayLiteralExpression(node) ||
    ts.isConditionalExpression(node)
  );
}

function isConstant(node: ts.Expression): boolean {
  return (
    ts.isNumericLiteral(node) ||
    ts.isStringLiteral(node) ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword
  );
}

/** A text that is no value: what a module or a property is called. */
function isName(node: ts.StringLiteral): boolean {
  return (
    ts.isImportDeclaration(node.parent) ||
    ts.isLiteralTypeNode(node.parent) ||
    (ts.isPropertyAssignment(node.parent) && node.parent.name === node)
  );
}
