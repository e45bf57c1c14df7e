import { pion } from "./pion/stack.ts";
import { testStack } from "./stack-tests.ts";

testStack(pion);
