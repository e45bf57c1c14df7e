import { SctpError } from "../../base/error.ts";
import type { AssociationEvent } from "../events.ts";
import type { Tcb } from "../tcb.ts";
import type { Authentication } from "./authentication.ts";

/** The authentication of an association. Throws ERR_SCTP_INVALID_STATE where it is off. */
export function authenticationOfTcb({ authentication }: Tcb): Authentication {
  if (authentication !== undefined) return authentication;
  throw new SctpError(
    "ERR_SCTP_INVALID_STATE",
    "Chunks are not authenticated here: set the option authentication before the association begins (RFC 4895).",
  );
}

/** RFC 6458 §8.3.3: sets a key, or replaces the one that there is. */
export function setKey(tcb: Tcb, keyId: number, secret: Uint8Array): void {
  const authentication = authenticationOfTcb(tcb);
  authentication.keys.set(keyId, secret);
  authentication.forgetRetired(keyId);
}

/** RFC 6458 §8.3.4, §6.1.8: no message will be given this key any more, and once the last is done that is reported. */
export function deactivateKey(tcb: Tcb, keyId: number): void {
  const authentication = authenticationOfTcb(tcb);
  // One that was deactivated before is told of once.
  if (!authentication.keys.deactivate(keyId)) return;
  authentication.retiring.add(keyId);
  reportFreeKeys(tcb);
}

/** RFC 6458 §8.3.5: "must not be in use for any packet being sent". */
export function deleteKey(tcb: Tcb, keyId: number): void {
  const authentication = authenticationOfTcb(tcb);
  const { keys } = authentication;
  if (keys.isDeactivated(keyId) && isInUse(tcb, keyId)) {
    throw new SctpError(
      "ERR_SCTP_INVALID_STATE",
      `Messages with the shared key ${keyId} are not acknowledged yet: delete it when it is reported free.`,
    );
  }
  keys.delete(keyId);
  authentication.forgetRetired(keyId);
}

/** Reports keys that were deactivated, and that no message waits with any more (RFC 6458 §6.1.8). */
export function reportFreeKeys(tcb: Tcb): void {
  const { authentication, surroundings, handle } = tcb;
  if (authentication === undefined || tcb.state.name === "closed") return;
  if (authentication.retiring.size === 0) return;
  for (const keyId of authentication.retiring) {
    if (isInUse(tcb, keyId)) continue;
    authentication.retiring.delete(keyId);
    authentication.freed.add(keyId);
    surroundings.emit({ type: "authentication", association: handle, change: "free-key", keyId });
  }
}

/** Whether what an event on its way to the user says is so still: not of a key that was deleted or set anew since. */
export function stillHolds({ authentication }: Tcb, event: AssociationEvent): boolean {
  if (event.type !== "authentication" || event.change !== "free-key") return true;
  return authentication?.freed.delete(event.keyId) === true;
}

function isInUse({ outstanding, queue }: Tcb, keyId: number): boolean {
  for (let offset = 0; offset < outstanding.length; offset += 1) {
    if (outstanding.at(offset).message?.keyId === keyId) return true;
  }
  return queue.usesKey(keyId);
}
