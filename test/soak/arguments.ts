import { parseArgs } from "node:util";
import { LEAST_MINUTES, WARM_UP } from "./soak.ts";

export const USAGE: string = `npm run soak -- [--minutes N] [--callers N]

Associations come and go over real sockets, with loss, fail-overs and all extensions, in one process. Exits 1 when the
heap grows by 1 MiB an hour or more after minute ${WARM_UP}, when handles are left, or when a byte was wrong. The heap is judged
in runs of ${LEAST_MINUTES} minutes and more.

  --minutes N   default 20
  --callers N   associations at a time; default 6
`;

export interface Request {
  readonly minutes: number;
  readonly callers: number;
}

/** What the command line asks for, or what is wrong with it; "" for its usage. */
export function readArguments(args: readonly string[]): Request | string {
  const text = { type: "string" } as const;
  let values: { minutes?: string; callers?: string; help?: boolean };
  try {
    const options = { minutes: text, callers: text, help: { type: "boolean" } } as const;
    ({ values } = parseArgs({ args: [...args], options }));
  } catch (error) {
    return (error as Error).message;
  }
  if (values.help === true) return "";
  const [minutes, callers] = [numberIn(values.minutes ?? "20"), numberIn(values.callers ?? "6")];
  if (!(minutes > 0)) return `--minutes takes a number above 0, not "${values.minutes}"`;
  if (!Number.isInteger(callers) || callers < 1)
    return `--callers takes an integer from 1, not "${values.callers}"`;
  return { minutes, callers };
}

/** NaN for what is no finite decimal number. */
function numberIn(text: string): number {
  return /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
}
