import { npmSctp } from "./npm-sctp/stack.ts";
import { pion } from "./pion/stack.ts";
import type { Stack } from "./stack.ts";
import { usrsctp } from "./usrsctp/stack.ts";
import { werift } from "./werift/stack.ts";

/** The columns of the matrix. */
export const stacks: readonly Stack[] = [usrsctp, pion, werift, npmSctp];
