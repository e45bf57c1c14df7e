import type { ExpectedDifference } from "./expected-difference.ts";

export const expectedDifferences: readonly ExpectedDifference[] = [];
