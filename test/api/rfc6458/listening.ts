import { IPPROTO_SCTP, type NotificationType, SCTP_EVENT, SCTP_NODELAY, type SctpSocket } from "usctp/socket";
import type { ScriptedPeer } from "../../support/scripted-peer.ts";
import { SOCK_SEQPACKET, subscribe, World } from "./support.ts";

/** Sends on stream 0 of an association. */
export function sendTo(socket: SctpSocket, id: number, data: string, flags: number = 0): void {
  socket.immediate.sendv(data, {
    infotype: "SCTP_SENDV_SNDINFO",
    info: { snd_assoc_id: id, snd_flags: flags },
  });
}

export function unsubscribe(from: SctpSocket, ...types: readonly NotificationType[]): void {
  for (const se_type of types)
    from.setsockopt(IPPROTO_SCTP, SCTP_EVENT, { se_type, se_on: 0, se_assoc_id: 2 });
}

export function bytes(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/** A one-to-many socket of A that a scripted peer has an association with. */
export async function listening(
  ...types: readonly NotificationType[]
): Promise<{ world: World; here: SctpSocket; peer: ScriptedPeer; id: number }> {
  const world = new World();
  const here = await world.listener(world.a, SOCK_SEQPACKET);
  subscribe(here, ...types);
  here.setsockopt(IPPROTO_SCTP, SCTP_NODELAY, 1);
  const peer = world.scripted(world.a);
  peer.associate();
  return { world, here, peer, id: onlyId(here) };
}

export function onlyId(of: SctpSocket): number {
  const [id] = of.getsockopt(IPPROTO_SCTP, "SCTP_GET_ASSOC_ID_LIST").gaids_assoc_id;
  return id ?? 0;
}
