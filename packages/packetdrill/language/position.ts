/** A place in a script; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A script that cannot be understood, and where. */
export class ScriptError extends Error {
  override readonly name: string = "ScriptError";
  readonly position: Position;

  constructor(message: string, position: Position) {
    super(message);
    this.position = position;
  }
}
