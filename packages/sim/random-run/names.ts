import type { StackEvent } from "usctp/core";
import type { FaultPlan } from "./plan.ts";

/** What the groups of a survey are about: those of the names whose first word it is. */
const GROUPS: Readonly<Record<string, string>> = {
  authentication: "shared keys",
  chunk: "chunks sent",
  end: "associations ended with",
  event: "events",
  extension: "extensions agreed on",
  failed: "messages failed as",
  fault: "faults put into the run",
  link: "what links did",
  path: "paths",
  record: "messages written in parts",
  refused: "calls refused with",
  request: "calls in mid-association",
  timer: "timers expired",
};

const FAULTS: Readonly<Record<`fault ${FaultPlan["kind"]}`, string>> = {
  "fault cut": "a link carries nothing for a while",
  "fault restart": "a host loses all and begins anew",
  "fault deaf": "an application stops reading",
  "fault change": "a link becomes another one",
  "fault partition": "no link carries anything",
  "fault mtu": "the path MTU shrinks",
  "fault stop": "a process stands still",
  "fault address": "an address goes and comes back",
  "fault rebind": "the NAT forgets its mappings",
};

const EVENTS: Readonly<Partial<Record<`event ${StackEvent["type"]}`, string>>> = {
  "event incoming": "asked for an association",
  "event readable": "something to read",
  "event drain": "room in the send buffer again",
  "event dry": "all that was sent is acknowledged",
  "event partial-aborted": "the rest of a message will not come",
  "event acknowledged": "a message is acknowledged",
  "event failed": "a message has failed",
  "event restarted": "the peer began anew",
  "event peer-shutdown": "the peer shuts down",
  "event remote-error": "the peer sent an ERROR",
  "event address-change": "the peer took or refused an address",
  "event authentication": "shared keys",
  "event reconfigured": "a reconfiguration is answered",
};

const OTHERS: Readonly<Record<string, string>> = {
  "authentication free-key": "out of use (free-key)",
  "authentication unsupported": "the peer has no authentication",
  "authentication key deleted": "deleted",
  "authentication key deactivated": "deactivated",
  "event collision": "both sides opened at once",
  "event renege": "a gap report was taken back",
  "event dropped for want of room": "data dropped for want of room",
  "fault vanish": "the peer vanishes at the end",
  "fault NAT moved": "the NAT gave another port",
  "link corruption": "changed bits of a packet",
  "path mtu": "another MTU",
  "path source": "another source address",
  "path primary": "another primary path",
  "path suspect": "suspected by its silence",
  "timer of RE-CONFIG": "RE-CONFIG sent again",
  "timer T4 of ASCONF": "T4-rto, ASCONF sent again",
  "timer heartbeat": "HEARTBEAT of an idle path",
  "timer heartbeat (not answered)": "HEARTBEAT not answered",
};

const NAMES: Readonly<Record<string, string>> = { ...FAULTS, ...EVENTS, ...OTHERS };

/** The group that a thing belongs to, and what it is in there, in words for those who have not written the run. */
export function nameOf(met: string): { readonly group: string; readonly name: string } {
  const [first = "", ...rest] = met.split(" ");
  return { group: GROUPS[first] ?? first, name: NAMES[met] ?? rest.join(" ") };
}
