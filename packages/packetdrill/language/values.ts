import type { Item, Value } from "./ast.ts";
import type { Lexer, Token } from "./lexer.ts";
import { ScriptError } from "./position.ts";

export function isSign(token: Token, sign: string): boolean {
  return token.kind === "sign" && token.text === sign;
}

/** Passes over that sign, or says what stands in its place. */
export function expectSign(lexer: Lexer, sign: string): Token {
  const token = lexer.next();
  if (isSign(token, sign)) return token;
  throw new ScriptError(`${JSON.stringify(sign)} should stand here, not ${shown(token)}`, token.at);
}

/** Passes over that sign if it is there. */
export function takeSign(lexer: Lexer, sign: string): boolean {
  if (!isSign(lexer.peek(), sign)) return false;
  lexer.next();
  return true;
}

export function shown(token: Token): string {
  return token.kind === "end" ? token.text : JSON.stringify(token.text);
}

/** A value, and those that `|` joins to it. */
export function parseValue(lexer: Lexer): Value {
  const first = parseSingle(lexer);
  if (!isSign(lexer.peek(), "|")) return first;
  const parts = [first];
  while (takeSign(lexer, "|")) parts.push(parseSingle(lexer));
  return { kind: "or", parts, at: first.at };
}

/** What stands between commas, up to that closing sign, which is passed over. */
export function parseList<T>(lexer: Lexer, closing: string, parse: (lexer: Lexer) => T): T[] {
  const found: T[] = [];
  if (takeSign(lexer, closing)) return found;
  do found.push(parse(lexer));
  while (takeSign(lexer, ","));
  expectSign(lexer, closing);
  return found;
}

/** Values with a name or without one, up to that closing sign, which is passed over. */
export function parseItems(lexer: Lexer, closing: string): Item[] {
  return parseList(lexer, closing, parseItem);
}

function parseItem(lexer: Lexer): Item {
  const token = lexer.peek();
  const { at } = token;
  if (token.kind === "name" && isSign(lexer.peek(1), "=")) {
    lexer.next();
    lexer.next();
    return { at, name: token.text, size: undefined, value: parseValue(lexer) };
  }
  const value = parseValue(lexer);
  // `msg_iov(1)=[...]` begins like a call.
  if (value.kind !== "call" || !takeSign(lexer, "=")) return { at, name: undefined, size: undefined, value };
  if (value.args.length !== 1) {
    throw new ScriptError(`the parentheses of ${value.name} hold one value, its size`, value.at);
  }
  return { at, name: value.name, size: value.args[0], value: parseValue(lexer) };
}

function parseSingle(lexer: Lexer): Value {
  const token = lexer.next();
  const { at } = token;
  switch (token.kind) {
    case "number":
      return parseNumber(lexer, token);
    case "text":
      return { kind: "text", text: token.text, at };
    case "address":
      return { kind: "address", text: token.text, at };
    case "name":
      return parseNamed(lexer, token);
    case "sign":
      return parseSigned(lexer, token);
    default:
      throw new ScriptError(`a value should stand here, not ${shown(token)}`, at);
  }
}

function parseNumber(lexer: Lexer, { text, at }: Token): Value {
  const value = Number(text);
  if (!isSign(lexer.peek(), ":") || lexer.peek(1).kind !== "number") return { kind: "number", value, at };
  lexer.next();
  return { kind: "range", start: value, end: Number(lexer.next().text), at };
}

function parseNamed(lexer: Lexer, { text: name, at }: Token): Value {
  if (takeSign(lexer, "[")) return { kind: "element", name, items: parseItems(lexer, "]"), at };
  if (!takeSign(lexer, "(")) return { kind: "name", name, at };
  return { kind: "call", name, args: parseList(lexer, ")", parseValue), at };
}

function parseSigned(lexer: Lexer, token: Token): Value {
  const { at } = token;
  switch (token.text) {
    case "...":
      return { kind: "any", at };
    case "[":
      return { kind: "list", items: parseItems(lexer, "]"), at };
    case "{":
      return { kind: "struct", items: parseItems(lexer, "}"), at };
    case "-": {
      const operand = lexer.next();
      if (operand.kind !== "number")
        throw new ScriptError(`a number should stand here, not ${shown(operand)}`, operand.at);
      return { kind: "number", value: -Number(operand.text), at };
    }
    // `&sin6_addr`: where a call writes to.
    case "&": {
      const operand = lexer.next();
      if (operand.kind !== "name")
        throw new ScriptError(`a name should stand here, not ${shown(operand)}`, operand.at);
      return { kind: "name", name: operand.text, at };
    }
    default:
      throw new ScriptError(`a value should stand here, not ${shown(token)}`, at);
  }
}
