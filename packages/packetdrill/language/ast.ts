import type { Position } from "./position.ts";

/** A value as it is written. Packets that were sent are read into the same form, so that both can be compared. */
export type Value = { readonly at: Position } & ValueForm;

export type ValueForm =
  /** `...`: whatever it is. */
  | { readonly kind: "any" }
  | { readonly kind: "number"; readonly value: number }
  /** Text between quotation marks. */
  | { readonly kind: "text"; readonly text: string }
  /** A constant of C, or letters of flags. */
  | { readonly kind: "name"; readonly name: string }
  /** An IP address without quotation marks. */
  | { readonly kind: "address"; readonly text: string }
  /** `htonl(1)`. */
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Value[] }
  /** `A|B`. */
  | { readonly kind: "or"; readonly parts: readonly Value[] }
  /** `2:3`, of gap blocks. */
  | { readonly kind: "range"; readonly start: number; readonly end: number }
  /** `[ ]`. */
  | { readonly kind: "list"; readonly items: readonly Item[] }
  /** `{ }`. */
  | { readonly kind: "struct"; readonly items: readonly Item[] }
  /** `NAME[ ]`: a chunk, a parameter or a cause. */
  | Element;

export interface Element {
  readonly kind: "element";
  readonly name: string;
  readonly items: readonly Item[];
  /** Of what was read from the wire: the same as CHUNK, PARAMETER or CAUSE. */
  readonly generic?: Element;
}

/** What stands between commas: `name=value`, or a value alone. */
export interface Item {
  /** Where it begins: its name, or its value where it has none. */
  readonly at: Position;
  readonly name: string | undefined;
  /** `msg_iov(1)=`: what the parentheses hold. */
  readonly size: Value | undefined;
  readonly value: Value;
}

/** When an event happens. Seconds. */
export type Time =
  | { readonly kind: "any" }
  | { readonly kind: "absolute"; readonly seconds: number }
  | { readonly kind: "relative"; readonly seconds: number }
  /** `+0.1~+0.3`: between two. */
  | { readonly kind: "between"; readonly from: Time; readonly to: Time };

export interface CallAction {
  readonly kind: "call";
  /** Where its name stands. */
  readonly at: Position;
  readonly name: string;
  readonly args: readonly Value[];
  readonly result: Value;
  /** The errno's name that stands behind -1. */
  readonly errno: { readonly name: string; readonly at: Position } | undefined;
}

/** UDP ports of a packet (RFC 6951), in its direction. */
export interface UdpPorts {
  readonly source: number;
  readonly destination: number;
}

export interface PacketAction {
  readonly kind: "packet";
  readonly direction: "in" | "out";
  /** `tag=N` of the common header. */
  readonly tag: number | undefined;
  readonly badChecksum: boolean;
  readonly udp: UdpPorts | undefined;
  /** Chunks, or lists of raw bytes. */
  readonly chunks: readonly Value[];
}

/** Between backquotes. */
export interface CommandAction {
  readonly kind: "command";
  readonly text: string;
}

export interface ScriptEvent {
  readonly at: Position;
  readonly time: Time;
  /** `0.1...0.3`: a call that waits until then. */
  readonly until: Time | undefined;
  /** The name of the `#ifdef` that it stands in. */
  readonly system: string | undefined;
  readonly action: CallAction | PacketAction | CommandAction;
}

/** `--name=value`. */
export interface ScriptOption {
  readonly at: Position;
  readonly name: string;
  readonly value: string;
}

export interface Script {
  readonly options: readonly ScriptOption[];
  readonly events: readonly ScriptEvent[];
}
