/** How many associations there are between two processes, and how they come about. */
export interface CrowdOptions {
  readonly associations: number;
  /** SCTP ports of the server; the client has as many as it takes, and each of them one association with each. */
  readonly serverPorts: number;
  /** Of the server; 0 for itself. */
  readonly udpPort: number;
  /** Whether the server sends everything back. */
  readonly echo: boolean;
}

/** The first SCTP port of either side. */
export const FIRST_PORT = 10_000;

/** Associations that are made before the memory and the time of the others count: code, pools, tables. */
export const WARM_UP = 100;
