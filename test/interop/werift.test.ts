import { testStack } from "./stack-tests.ts";
import { werift } from "./werift/stack.ts";

testStack(werift);
