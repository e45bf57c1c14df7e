import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTrace } from "@usctp/trace";
import {
  AF_INET,
  IPPROTO_SCTP,
  SCTP_REMOTE_UDP_ENCAPS_PORT,
  SO_LINGER,
  SOCK_STREAM,
  SOL_SOCKET,
  type SocketOptions,
  socket,
} from "usctp/socket";
import { afterAll, expect, test } from "vitest";
import { errno, errnoOf } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "usctp-capture-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a socket captures the packets of its port, those of sockets that it accepts included", async () => {
  const path = join(folder, "listener.pcapng");
  const listener = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, { udpPort: 0, capture: path });
  await listener.bind({ address: "127.0.0.1", port: 0 });
  await listener.listen(5);
  const client = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, { udpPort: 0 });
  client.setsockopt(IPPROTO_SCTP, SCTP_REMOTE_UDP_ENCAPS_PORT, { sue_port: listener.udpPort ?? 0 });
  const accepting = listener.accept();
  await client.connect({ address: "127.0.0.1", port: listener.getsockname().port });
  const accepted = await accepting;
  // So that close() resolves when all is over, the capture complete.
  accepted.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 5 });
  await client.close();
  await listener.close();
  await accepted.close();
  const { datagrams, isTruncated } = readTrace(readFileSync(path));
  const chunks = datagrams.map(({ direction, comments }) => `${direction} ${comments[0]?.split(" ")[2]}`);
  expect(chunks[0]).toMatch(/^in INIT\[/);
  expect(chunks.at(-1)).toMatch(/ SHUTDOWN-COMPLETE\[/);
  expect(isTruncated).toBe(false);
});

test("a file that cannot be written refuses bind(), and what is no target socket()", async () => {
  const make = (capture: unknown) =>
    socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, { udpPort: 0, capture } as SocketOptions);
  const refused = make(join(folder, "none", "file.pcapng"));
  expect(await errnoOf(refused.bind({ address: "127.0.0.1", port: 0 }))).toBe("EINVAL");
  expect(refused.udpPort).toBeUndefined();
  for (const capture of ["", 1, {}, null]) expect(errno(() => make(capture))).toBe("EINVAL");
});
