import { testStack } from "./stack-tests.ts";
import { usrsctp } from "./usrsctp/stack.ts";

testStack(usrsctp);
