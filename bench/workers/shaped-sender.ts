import { readU32, writeU32 } from "../../src/base/bytes.ts";
import { hasValidChecksum, writeChecksum } from "../../src/base/crc32c.ts";
import { HEADER, type LoopOptions, NUMBER_AT, openSocket } from "./shaped.ts";
import { given, obey } from "./worker.ts";

const BATCH = 32;
/** Packets on the way at once: half a MiB, which any socket buffer that we ask for holds. */
const WINDOW = 360;

const { addresses, localAddresses, udpPort, size } = given<LoopOptions>();
const payload = Buffer.alloc(size - HEADER, 0x61);

openSocket(localAddresses[0], (socket) => {
  const free: Uint8Array[] = [];
  let sent = 0;
  let acknowledged = 0;
  let planned = false;

  function send(): void {
    const packet = free.pop() ?? new Uint8Array(HEADER + payload.length);
    sent += 1;
    writeU32(packet, NUMBER_AT, sent);
    packet.set(payload, HEADER);
    writeChecksum(packet);
    socket.send(packet, udpPort, addresses[0], () => free.push(packet));
  }

  function turn(): void {
    planned = false;
    for (let i = 0; i < BATCH && sent - acknowledged < WINDOW; i += 1) send();
    if (sent - acknowledged < WINDOW) plan();
  }

  function plan(): void {
    if (planned) return;
    planned = true;
    setImmediate(turn);
  }

  socket.on("message", (bytes) => {
    if (!hasValidChecksum(bytes)) return;
    acknowledged = Math.max(acknowledged, readU32(bytes, NUMBER_AT));
    plan();
  });
  obey(0, { go: plan });
});
