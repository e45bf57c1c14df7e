import { createSocket } from "node:dgram";
import { Meter, obey } from "./worker.ts";

const meter = new Meter();
const socket = createSocket({ type: "udp4", recvBufferSize: 4_194_304 });
socket.on("message", (bytes) => meter.add(bytes.length));
socket.bind(0, "127.0.0.1", () => obey(socket.address().port, { meter }));
