import { checkCall } from "../calls/index.ts";
import type { CallAction, CommandAction, PacketAction, ScriptEvent } from "../language/ast.ts";
import { parseScript } from "../language/parser.ts";
import { ScriptError } from "../language/position.ts";
import { type NormalChunk, normalizePacket } from "../packets/normalize.ts";
import { readOptions, type Surroundings } from "./surroundings.ts";
import { checkSysctl } from "./sysctl.ts";

export interface PreparedPacket extends PacketAction {
  readonly normal: readonly NormalChunk[];
}

/** An event that makes sense. */
export interface PreparedEvent extends Omit<ScriptEvent, "action"> {
  readonly action: CallAction | PreparedPacket | CommandAction;
}

export interface PreparedScript {
  readonly surroundings: Surroundings;
  readonly events: readonly PreparedEvent[];
}

/** Reads a script and checks every name in it. Throws a `ScriptError` where it makes no sense. */
export function prepareScript(source: string): PreparedScript {
  const script = parseScript(source);
  if (script.events.length === 0) throw new ScriptError("there is no event in it", { line: 1, column: 1 });
  return { surroundings: readOptions(script.options), events: script.events.map(prepareEvent) };
}

function prepareEvent(event: ScriptEvent): PreparedEvent {
  const { action, at } = event;
  if (event.until !== undefined && action.kind !== "call") {
    throw new ScriptError("only a call has a time at which it ends", at);
  }
  switch (action.kind) {
    case "call":
      checkCall(action);
      return { ...event, action };
    case "command":
      checkSysctl(action.text, at);
      return { ...event, action };
    case "packet":
      return { ...event, action: { ...action, normal: normalizePacket(action) } };
  }
}
