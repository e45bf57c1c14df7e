import { type Position, ScriptError } from "./position.ts";

export interface Token {
  readonly kind:
    | "number"
    | "text"
    | "name"
    | "address"
    | "command"
    | "option"
    | "ifdef"
    | "endif"
    | "sign"
    | "end";
  /** As written; of texts and commands what stands between the marks. */
  readonly text: string;
  readonly at: Position;
  readonly start: number;
  readonly end: number;
}

/** What may stand at a place, tried in this order. */
const patterns: readonly (readonly [Token["kind"] | "space", RegExp])[] = [
  ["space", /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y],
  ["option", /--[A-Za-z_]+(?:=\S*)?/y],
  ["ifdef", /#ifdef[ \t]+([A-Za-z_]\w*)/y],
  ["endif", /#endif\b/y],
  ["text", /"((?:[^"\\\n]|\\.)*)"/y],
  ["command", /`([^`]*)`/y],
  ["address", /\d{1,3}(?:\.\d{1,3}){3}/y],
  // With "::", or of eight groups: one colon alone is a range.
  [
    "address",
    /(?:[\da-fA-F]{1,4}(?::[\da-fA-F]{1,4})*)?::(?:[\da-fA-F]{1,4}(?::[\da-fA-F]{1,4})*(?:(?:\.\d{1,3}){3})?)?/y,
  ],
  ["address", /[\da-fA-F]{1,4}(?::[\da-fA-F]{1,4}){7}/y],
  ["number", /0[xX][\da-fA-F]+/y],
  // Not the dots of "0.1...0.2".
  ["number", /\d+(?:\.(?!\.)\d*)?|\.\d+/y],
  ["name", /[A-Za-z_]\w*/y],
  ["sign", /\.\.\.|[-+*&~<>()[\]{},;:=|/]/y],
];

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "0": "\0" };

/** Cuts a script into tokens, one at a time: what a parenthesis holds may have to be read as it stands. */
export class Lexer {
  readonly #source: string;
  readonly #lineStarts: number[] = [0];
  #offset = 0;
  #ahead: Token[] = [];
  /** Where what was passed over ends. */
  #passed = 0;

  constructor(source: string) {
    this.#source = source;
    for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1))
      this.#lineStarts.push(at + 1);
  }

  /** The token that `distance` others stand before. */
  peek(distance: number = 0): Token {
    while (this.#ahead.length <= distance) this.#ahead.push(this.#read());
    return this.#ahead[distance] as Token;
  }

  next(): Token {
    const token = this.peek();
    this.#ahead.shift();
    this.#passed = token.end;
    return token;
  }

  /** Whether no line ends between what was passed over and what is ahead. */
  isOnSameLine(): boolean {
    return this.position(this.#passed).line === this.peek().at.line;
  }

  /** With the opening parenthesis ahead: the text up to the closing one, which is passed over. */
  parenthesized(): string {
    const open = this.peek();
    let depth = 0;
    for (let at = open.start; at < this.#source.length; at += 1) {
      if (this.#source[at] === "(") depth += 1;
      if (this.#source[at] === ")") depth -= 1;
      if (depth > 0) continue;
      this.#ahead = [];
      this.#offset = at + 1;
      this.#passed = this.#offset;
      return this.#source.slice(open.end, at);
    }
    throw new ScriptError("this parenthesis is not closed", open.at);
  }

  position(offset: number): Position {
    let line = 0;
    let above = this.#lineStarts.length;
    while (above - line > 1) {
      const middle = (line + above) >>> 1;
      if ((this.#lineStarts[middle] as number) <= offset) line = middle;
      else above = middle;
    }
    return { line: line + 1, column: offset - (this.#lineStarts[line] as number) + 1 };
  }

  #read(): Token {
    for (const [kind, pattern] of patterns) {
      pattern.lastIndex = this.#offset;
      const match = pattern.exec(this.#source);
      if (match === null) continue;
      const start = this.#offset;
      this.#offset = pattern.lastIndex;
      if (kind === "space") continue;
      const text = kind === "text" ? unescaped(match[1] as string) : (match[1] ?? match[0]);
      return { kind, text, at: this.position(start), start, end: this.#offset };
    }
    const at = this.position(this.#offset);
    if (this.#offset === this.#source.length) {
      return { kind: "end", text: "the end of the script", at, start: this.#offset, end: this.#offset };
    }
    throw new ScriptError(`${JSON.stringify(this.#source[this.#offset])} cannot stand here`, at);
  }
}

function unescaped(text: string): string {
  return text.replace(/\\(?:x([\da-fA-F]{2})|(.))/g, (_, hex: string | undefined, other: string) =>
    hex === undefined ? (escapes[other] ?? other) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
