export type { ExpectedDifference } from "./differences/expected-difference.ts";
export { expectedDifferences } from "./differences/expected-differences.ts";
export { parseScript } from "./language/parser.ts";
export { type Position, ScriptError } from "./language/position.ts";
export { captureNames } from "./run/capture.ts";
export { findScripts } from "./run/files.ts";
export { type JudgeOptions, judgeScript, type Verdict } from "./run/judge.ts";
export { type Judged, lineOf, type Totals, totalsOf } from "./run/report.ts";
export { judgeFile, type SuiteOptions } from "./run/suite.ts";
