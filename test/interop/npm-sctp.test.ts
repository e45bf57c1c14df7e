import { npmSctp } from "./npm-sctp/stack.ts";
import { testStack } from "./stack-tests.ts";

testStack(npmSctp);
