export { connect, connect as createConnection } from "./connect.ts";
export { defaults } from "./defaults.ts";
export { PPID } from "./ppid.ts";
export { createServer, Server } from "./server.ts";
export { Socket } from "./socket.ts";
