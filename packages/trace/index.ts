export { TraceError } from "./blocks.ts";
export { readTrace, type Trace, type TracedDatagram } from "./datagrams.ts";
export { footnotes, type LadderOptions, ladderLines } from "./ladder.ts";
export { NetworkTrace, type NetworkTraceOptions, type Tappable } from "./network.ts";
