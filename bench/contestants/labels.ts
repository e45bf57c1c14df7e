/** How they are called, by the names that `--only` takes. */
export const CONTESTANTS: Readonly<Record<string, string>> = {
  usctp: "usctp",
  "usctp-64k": "usctp, 64 KiB packets",
  usrsctp: "usrsctp (C)",
  pion: "pion (Go)",
  werift: "werift (TypeScript)",
  "npm-sctp": "npm sctp (JavaScript)",
  shaped: "dgram, shaped like SCTP",
  blast: "dgram, bare",
};

export function labelOf(contestant: string): string {
  return CONTESTANTS[contestant] ?? contestant;
}
