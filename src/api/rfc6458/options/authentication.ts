import { MAX_KEYS } from "../../../association/auth/authentication-config.ts";
import { ChunkType } from "../../../packet/registry.ts";
import type { Association as Core } from "../../../stack/index.ts";
import { SCTP_AUTH_HMAC_ID_SHA1, SCTP_AUTH_HMAC_ID_SHA256 } from "../constants.ts";
import { SocketError } from "../errors.ts";
import { assocId, bytes, listOf, struct, u8, u16, u32 } from "../fields.ts";
import type { AssociationSettings, AuthKey } from "../settings.ts";
import type { SocketState } from "../socket-state.ts";
import type {
  SctpAuthChunk,
  SctpAuthChunks,
  SctpAuthKey,
  SctpAuthKeyId,
  SctpHmacAlgo,
} from "../structures.ts";
import {
  any,
  asked,
  association,
  configure,
  configureCore,
  type Options,
  option,
  plain,
  resettle,
  settingsOf,
  type Targets,
} from "./option.ts";

/** RFC 6458 §8.3.2: these "must not be used". */
const NEVER_AUTHENTICATED: ReadonlySet<number> = new Set([
  ChunkType.INIT,
  ChunkType.INIT_ACK,
  ChunkType.SHUTDOWN_COMPLETE,
  ChunkType.AUTH,
]);
const KNOWN_HMACS: readonly number[] = [SCTP_AUTH_HMAC_ID_SHA1, SCTP_AUTH_HMAC_ID_SHA256];

const keyId = struct<SctpAuthKeyId>({ scact_assoc_id: assocId, scact_keynumber: u16 });
const chunks = struct<SctpAuthChunks>({
  gauth_assoc_id: assocId,
  gauth_number_of_chunks: u32,
  gauth_chunks: listOf(u8),
});

/** Authenticated chunks (RFC 4895): on for associations to come as soon as one of these is set. */
export const authenticationOptions: Options = {
  /** RFC 6458 §8.1.17. */
  SCTP_HMAC_IDENT: plain<"SCTP_HMAC_IDENT", SctpHmacAlgo>({
    read: struct<SctpHmacAlgo>({ shmac_number_of_idents: u32, shmac_idents: listOf(u16) }),
    get: ({ settings }) => ({ shmac_number_of_idents: settings.hmacs.length, shmac_idents: settings.hmacs }),
    set: (socket, { shmac_idents }) => {
      const unknown = shmac_idents.find((each) => !KNOWN_HMACS.includes(each));
      if (unknown !== undefined || !shmac_idents.includes(SCTP_AUTH_HMAC_ID_SHA1)) {
        const why =
          unknown === undefined ? "SCTP_AUTH_HMAC_ID_SHA1 is missing" : `there is no HMAC ${unknown}`;
        throw invalid(
          `${why}: shmac_idents are SCTP_AUTH_HMAC_ID_SHA1 and SCTP_AUTH_HMAC_ID_SHA256 in their order`,
        );
      }
      // RFC 4895 §6.1: "An SCTP endpoint MUST NOT change the parameters listed in the HMAC-ALGO parameter".
      if (socket.port?.listener === socket || socket.associations.size > 0)
        throw invalid("peers have been told already: set SCTP_HMAC_IDENT before listen() and connect()");
      socket.settings = { ...socket.settings, hmacs: [...new Set(shmac_idents)] };
      apply(socket, FUTURE);
    },
  }),
  /** RFC 6458 §8.1.18. */
  SCTP_AUTH_ACTIVE_KEY: option<"SCTP_AUTH_ACTIVE_KEY", SctpAuthKeyId>({
    idMember: "scact_assoc_id",
    read: keyId,
    get: (socket, { scact_assoc_id }) => ({
      scact_assoc_id,
      scact_keynumber: settingsOf(socket, scact_assoc_id).activeKey,
    }),
    set: (socket, { scact_assoc_id, scact_keynumber }) => {
      const targets = any(socket, scact_assoc_id);
      resettle(socket, targets, (settings) => {
        if (keyOf(settings, scact_keynumber).deactivated)
          throw invalid(`key ${scact_keynumber} is deactivated`);
        return { activeKey: scact_keynumber };
      });
      apply(socket, targets, (core) => core.activateAuthKey(scact_keynumber));
    },
  }),
  /** RFC 6458 §8.3.2. */
  SCTP_AUTH_CHUNK: plain<"SCTP_AUTH_CHUNK", SctpAuthChunk>({
    read: struct<SctpAuthChunk>({ sauth_chunk: u8 }),
    set: (socket, { sauth_chunk }) => {
      if (NEVER_AUTHENTICATED.has(sauth_chunk)) {
        throw invalid("INIT, INIT ACK, SHUTDOWN COMPLETE and AUTH cannot be required to be authenticated");
      }
      // "Changes to the list of chunks will only affect future associations".
      resettle(socket, FUTURE, ({ authChunks }) => ({ authChunks: new Set(authChunks).add(sauth_chunk) }));
      apply(socket, FUTURE);
    },
  }),
  /** RFC 6458 §8.3.3. */
  SCTP_AUTH_KEY: option<"SCTP_AUTH_KEY", SctpAuthKey>({
    read: struct<SctpAuthKey>({
      sca_assoc_id: assocId,
      sca_keynumber: u16,
      sca_key: (value = new Uint8Array(0), name, syscall) => bytes(value, name, syscall),
    }),
    set: (socket, { sca_assoc_id, sca_keynumber, sca_key }) => {
      const targets = any(socket, sca_assoc_id);
      resettle(socket, targets, (settings) => {
        if (settings.authKeys.size >= MAX_KEYS && !settings.authKeys.has(sca_keynumber))
          throw invalid(`there are ${MAX_KEYS} shared keys, as many as may be`);
        return withKey(settings, sca_keynumber, { secret: sca_key, deactivated: false });
      });
      apply(socket, targets, (core) => core.setAuthKey(sca_keynumber, sca_key));
    },
  }),
  /** RFC 6458 §8.3.4. */
  SCTP_AUTH_DEACTIVATE_KEY: option<"SCTP_AUTH_DEACTIVATE_KEY", SctpAuthKeyId>({
    read: keyId,
    set: (socket, { scact_assoc_id, scact_keynumber }) => {
      const targets = any(socket, scact_assoc_id);
      resettle(socket, targets, (settings) => {
        const key = keyOf(settings, scact_keynumber);
        if (settings.activeKey === scact_keynumber) throw invalid(`key ${scact_keynumber} is the active one`);
        return withKey(settings, scact_keynumber, { ...key, deactivated: true });
      });
      apply(socket, targets, (core) => core.deactivateAuthKey(scact_keynumber));
    },
  }),
  /** RFC 6458 §8.3.5. */
  SCTP_AUTH_DELETE_KEY: option<"SCTP_AUTH_DELETE_KEY", SctpAuthKeyId>({
    read: keyId,
    set: (socket, { scact_assoc_id, scact_keynumber }) => {
      const targets = any(socket, scact_assoc_id);
      for (const settings of [
        ...targets.associations,
        ...(targets.future ? [{ settings: socket.defaults }] : []),
      ].map((each) => each.settings)) {
        if (!keyOf(settings, scact_keynumber).deactivated) {
          throw invalid(
            `key ${scact_keynumber} is in use: deactivate it first, with SCTP_AUTH_DEACTIVATE_KEY`,
          );
        }
      }
      const forget = ({ authKeys }: AssociationSettings) => ({
        authKeys: new Map([...authKeys].filter(([number]) => number !== scact_keynumber)),
      });
      // "Only deactivated keys that are no longer used by an association can be deleted": one of them may refuse.
      for (const each of targets.associations) {
        const target = { future: false, associations: [each] };
        apply(socket, target, (core) => core.deleteAuthKey(scact_keynumber));
        resettle(socket, target, forget);
      }
      const rest = { ...targets, associations: [] };
      resettle(socket, rest, forget);
      apply(socket, rest);
    },
  }),
  /** RFC 6458 §8.2.3: none where AUTH was not negotiated. */
  SCTP_PEER_AUTH_CHUNKS: option<"SCTP_PEER_AUTH_CHUNKS", SctpAuthChunks>({
    idMember: "gauth_assoc_id",
    read: chunks,
    get: (socket, { gauth_assoc_id }) => {
      const required = association(socket, gauth_assoc_id, "getsockopt").core.peerAuthChunks;
      return { gauth_assoc_id, gauth_number_of_chunks: required.length, gauth_chunks: required };
    },
  }),
  /** RFC 6458 §8.2.4. */
  SCTP_LOCAL_AUTH_CHUNKS: option<"SCTP_LOCAL_AUTH_CHUNKS", SctpAuthChunks>({
    idMember: "gauth_assoc_id",
    read: chunks,
    get: (socket, { gauth_assoc_id }) => {
      const found = asked(socket, gauth_assoc_id);
      const required = found?.core.localAuthChunks ?? [...socket.defaults.authChunks];
      return { gauth_assoc_id, gauth_number_of_chunks: required.length, gauth_chunks: required };
    },
  }),
};

const FUTURE: Targets = { future: true, associations: [] };

/** Tells the core what was set: by a command for an association that authenticates, by its configuration for those to come. */
function apply(socket: SocketState, targets: Targets, command?: (core: Core) => void): void {
  if (targets.future) {
    const { authKeys, activeKey, authChunks } = socket.defaults;
    const keys = new Map([...authKeys].map(([number, { secret }]) => [number, secret]));
    const deactivatedKeys = [...authKeys].filter(([, key]) => key.deactivated).map(([number]) => number);
    const requiredChunks = [...authChunks];
    const { hmacs } = socket.settings;
    const authentication = { keys, activeKey, deactivatedKeys, requiredChunks, hmacs };
    configure(socket, FUTURE, { authentication });
  }
  for (const { core } of targets.associations) {
    if (core.authentication !== undefined && command !== undefined)
      configureCore(socket, () => command(core));
  }
}

function keyOf({ authKeys }: AssociationSettings, number: number): AuthKey {
  const key = authKeys.get(number);
  if (key !== undefined) return key;
  throw invalid(`there is no shared key ${number}: set it with SCTP_AUTH_KEY`);
}

function withKey(
  { authKeys }: AssociationSettings,
  number: number,
  key: AuthKey,
): Partial<AssociationSettings> {
  return { authKeys: new Map(authKeys).set(number, key) };
}

function invalid(message: string): SocketError {
  return new SocketError("EINVAL", "setsockopt", message);
}
