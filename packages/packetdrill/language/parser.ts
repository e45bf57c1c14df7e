import type { CallAction, CommandAction, Script, ScriptEvent, ScriptOption, Time } from "./ast.ts";
import { Lexer } from "./lexer.ts";
import { parsePacket } from "./packet.ts";
import { ScriptError } from "./position.ts";
import { expectSign, isSign, parseList, parseValue, shown, takeSign } from "./values.ts";

/** Reads a script. Throws a `ScriptError` that says where it stopped making sense. */
export function parseScript(source: string): Script {
  const lexer = new Lexer(source);
  const options = parseOptions(lexer);
  const events: ScriptEvent[] = [];
  let system: string | undefined;
  for (let token = lexer.peek(); token.kind !== "end"; token = lexer.peek()) {
    if (token.kind === "ifdef") {
      if (system !== undefined) throw new ScriptError("#ifdef cannot stand in another one", token.at);
      system = lexer.next().text;
    } else if (token.kind === "endif") {
      if (system === undefined) throw new ScriptError("there is no #ifdef before this #endif", token.at);
      lexer.next();
      system = undefined;
    } else events.push(parseEvent(lexer, system));
  }
  if (system !== undefined) throw new ScriptError(`#endif is missing: #ifdef ${system}`, lexer.peek().at);
  return { options, events };
}

function parseOptions(lexer: Lexer): ScriptOption[] {
  const options: ScriptOption[] = [];
  while (lexer.peek().kind === "option") {
    const { text, at } = lexer.next();
    const [name = "", ...value] = text.slice(2).split("=");
    options.push({ at, name, value: value.join("=") });
  }
  return options;
}

function parseEvent(lexer: Lexer, system: string | undefined): ScriptEvent {
  const { at } = lexer.peek();
  const time = parseTime(lexer);
  const until = takeSign(lexer, "...") ? parseTime(lexer) : undefined;
  const token = lexer.peek();
  if (token.kind === "sign" && (token.text === "<" || token.text === ">")) {
    return { at, time, until, system, action: parsePacket(lexer) };
  }
  if (token.kind === "command") return { at, time, until, system, action: parseCommand(lexer) };
  return { at, time, until, system, action: parseCall(lexer) };
}

function parseTime(lexer: Lexer): Time {
  const from = parseMoment(lexer);
  return takeSign(lexer, "~") ? { kind: "between", from, to: parseMoment(lexer) } : from;
}

function parseMoment(lexer: Lexer): Time {
  if (takeSign(lexer, "*")) return { kind: "any" };
  const kind = takeSign(lexer, "+") ? "relative" : "absolute";
  const token = lexer.next();
  if (token.kind !== "number") {
    throw new ScriptError(`a time should stand here (0.1, +0.1 or *), not ${shown(token)}`, token.at);
  }
  return { kind, seconds: Number(token.text) };
}

function parseCommand(lexer: Lexer): CommandAction {
  return { kind: "command", text: lexer.next().text.trim() };
}

function parseCall(lexer: Lexer): CallAction {
  const name = lexer.next();
  if (name.kind !== "name") {
    throw new ScriptError(`a packet, a call or a command should stand here, not ${shown(name)}`, name.at);
  }
  expectSign(lexer, "(");
  const args = parseList(lexer, ")", parseValue);
  expectSign(lexer, "=");
  const result = parseValue(lexer);
  const errno = parseErrno(lexer);
  // What an errno or flags mean, for people.
  if (isSign(lexer.peek(), "(")) lexer.parenthesized();
  return { kind: "call", at: name.at, name: name.text, args, result, errno };
}

/** A name on the next line is no errno: an event without its time begins there. */
function parseErrno(lexer: Lexer): CallAction["errno"] {
  if (lexer.peek().kind !== "name" || !lexer.isOnSameLine()) return undefined;
  const { text: name, at } = lexer.next();
  return { name, at };
}
