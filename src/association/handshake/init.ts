import type { IpAddress } from "../../base/address.ts";
import { type Environment, randomU32 } from "../../base/environment.ts";
import { asTsn, type Tsn } from "../../base/serial.ts";
import type { Cause } from "../../packet/causes/cause.ts";
import type { Chunk } from "../../packet/chunks/chunk.ts";
import { type InitBody, SMALLEST_INITIAL_WINDOW } from "../../packet/chunks/init-body.ts";
import { type Parameter, parametersLength, parametersToBytes } from "../../packet/parameters/parameter.ts";
import { preferredAddress } from "../asconf/initial-primary.ts";
import { findUnprotectedAsconf } from "../asconf/protection.ts";
import { keyVector } from "../auth/key-vectors.ts";
import { authenticationParameters, findWrongAuthentication } from "../auth/offer.ts";
import type { AssociationConfig } from "../config.ts";
import {
  adaptationIn,
  agreedExtensions,
  offeredExtensions,
  offeringParameters,
} from "../extension/capabilities.ts";
import { addressParameter, collectAddresses, fitAddresses, listAddresses } from "./addresses.ts";
import { understand } from "./parameters.ts";
import type { Secrets } from "./secrets.ts";
import { type CookieContents, sealCookie } from "./state-cookie.ts";

/** The most that a Cookie Preservative may add, ms: a longer life is a longer time to replay (RFC 9260 §5.2.6, §3.3.2.1.3). */
const MAX_PRESERVATIVE = 60_000;

/**
 * Bytes by which an INIT ACK may be longer than its INIT because of our addresses: who sends INITs from the address of
 * another must not have us send him much more (RFC 5062 §9).
 */
const MAX_GROWTH = 512;

/** An association that the INIT belongs to, as far as an answer needs to know it (RFC 9260 §5.2). */
export interface ExistingAssociation {
  /** COOKIE-WAIT and COOKIE-ECHOED answer with what their own INIT said (§5.2.1), the others anew (§5.2.2). */
  readonly isForming: boolean;
  readonly localTag: number;
  readonly localInitialTsn: Tsn;
  /** 0 in COOKIE-WAIT. */
  readonly localTieTag: number;
  readonly peerTieTag: number;
  readonly outboundStreams: number;
  readonly inboundStreams: number;
  /** RANDOM, CHUNKS and HMAC-ALGO of its INIT, while it is forming. */
  readonly authentication: readonly Parameter[] | undefined;
  /** Its peer's addresses; undefined in COOKIE-WAIT, where new ones are no matter. */
  readonly peerAddresses: readonly IpAddress[] | undefined;
}

/** The way of an answer: from an address of ours, to one of the peer's with its UDP port. */
export interface ReplyWay {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly udpPort: number;
}

export interface InitRequest {
  readonly now: number;
  readonly init: InitBody;
  /** Where the INIT came from. */
  readonly source: IpAddress;
  /** The way of the INIT ACK. */
  readonly way: ReplyWay;
  readonly localPort: number;
  readonly peerPort: number;
  readonly localAddresses: readonly IpAddress[];
  readonly config: AssociationConfig;
  readonly existing: ExistingAssociation | undefined;
  readonly environment: Environment;
  readonly secrets: Secrets;
  /** A tag that no association of the stack has. */
  readonly freshTag: () => number;
}

/** What goes back, without any state being kept. */
export interface Reply {
  readonly verificationTag: number;
  readonly chunks: readonly Chunk[];
}

/** Answers an INIT (RFC 9260 §5.1 B, §12.2.4.1): "MUST NOT allocate any resources or keep any states". */
export function answerInit(request: InitRequest): Reply | undefined {
  const { init } = request;
  // RFC 9260 §3.3.2: an Initiate Tag of 0 is silently discarded: there is nobody to answer to.
  if (init.initiateTag === 0) return undefined;
  // RFC 9260 §3.3.2: a_rwnd below 1500, OS of 0, MIS of 0: "SHOULD send ... ABORT ... using the Initiate Tag".
  if (
    init.receiverWindow < SMALLEST_INITIAL_WINDOW ||
    init.outboundStreams === 0 ||
    init.inboundStreams === 0
  ) {
    return abort(init.initiateTag, { type: "INVALID-PARAMETER" });
  }
  const { known, report } = understand(init.parameters, offeredExtensions(request.config));
  // RFC 9260 §5.1.2 B: a Host Name Address is answered with an ABORT.
  const host = known.find((parameter) => parameter.type === "HOST-NAME");
  if (host !== undefined) {
    return abort(init.initiateTag, { type: "UNRESOLVABLE-ADDRESS", parameter: parametersToBytes([host]) });
  }
  const wrongAuthentication = findWrongAuthentication(known);
  if (wrongAuthentication !== undefined) return abort(init.initiateTag, wrongAuthentication);
  // RFC 5061 §6: "the receiver of such an INIT MUST send an ABORT in response".
  const unprotected = findUnprotectedAsconf(request.config, known);
  if (unprotected !== undefined) return abort(init.initiateTag, unprotected);
  const { destination } = request.way;
  const found = collectAddresses(known, request.source, request.localAddresses);
  // RFC 9260 §5.4, 2: the address that the INIT ACK is sent to is the one that the cookie proves: it stands first.
  const peerAddresses = [destination, ...found.filter((address) => address !== destination)];
  const added = addedAddresses(peerAddresses, request.existing);
  // RFC 9260 §5.2.1, §5.2.2: an INIT that adds addresses "MUST" be answered with an ABORT that lists them.
  // RFC 9260 §3.3.10.11: they are in the cause as address parameters.
  if (added.length > 0) {
    const parameters = parametersToBytes(added.map(addressParameter));
    return abort(init.initiateTag, { type: "RESTART-WITH-NEW-ADDRESSES", parameters });
  }
  // RFC 9260 §3.3.2: with all mandatory parameters "the receiver SHOULD process the INIT chunk and send back an INIT
  // ACK", whatever else is in it.
  return initAck(request, known, peerAddresses, report);
}

function initAck(
  request: InitRequest,
  known: readonly Parameter[],
  peerAddresses: readonly IpAddress[],
  report: readonly Uint8Array[],
): Reply {
  const { init, existing, config } = request;
  // RFC 4820 §4: nothing of the INIT's padding gets into the cookie.
  const authentication = authenticationFor(request);
  const contents = cookieContents(request, known, peerAddresses, authentication);
  // RFC 9260 §5.1 B: "MUST generate and send along with the INIT ACK chunk a State Cookie".
  const cookie = sealCookie(request.secrets, request.now, contents);
  const stateCookie: Parameter = { type: "STATE-COOKIE", cookie };
  const others: Parameter[] = [
    ...offeringParameters(config),
    ...authentication,
    // RFC 9260 §3.2.2: unrecognized parameters of an INIT are reported in the INIT ACK.
    ...report.map((parameter): Parameter => ({ type: "UNRECOGNIZED-PARAMETER", parameter })),
  ];
  const { source, destination } = request.way;
  const addresses = listAddresses(request.localAddresses, { address: destination, said: known }, config);
  const room = parametersLength(init.parameters) + MAX_GROWTH - parametersLength([stateCookie, ...others]);
  // RFC 9260 §5.1 B: "MUST set the Verification Tag field to Tag_A and also provide its own Verification Tag (Tag_Z) in
  // the Initiate Tag field".
  const chunk: Chunk = {
    type: "INIT-ACK",
    initiateTag: contents.localTag,
    receiverWindow: config.receiveBuffer,
    outboundStreams: contents.outboundStreams,
    // RFC 9260 §5.2.1: a forming association repeats its INIT, an existing one "SHOULD" copy its parameters (§5.2.2).
    inboundStreams: existing?.inboundStreams ?? config.inboundStreams,
    initialTsn: contents.localInitialTsn,
    parameters: [stateCookie, ...fitAddresses(addresses, source, room), ...others],
  };
  return { verificationTag: init.initiateTag, chunks: [chunk] };
}

/** RFC 4895 §6.1: the Random Number follows "the same pattern as ... the Verification Tag" where INITs collide. */
function authenticationFor({ existing, config, environment }: InitRequest): readonly Parameter[] {
  return existing?.authentication ?? authenticationParameters(config, environment);
}

function cookieContents(
  request: InitRequest,
  known: readonly Parameter[],
  peerAddresses: readonly IpAddress[],
  authentication: readonly Parameter[],
): CookieContents {
  const { init, existing, config } = request;
  // RFC 9260 §3.3.2.1.3: the peer suggests a longer life of the cookie.
  const preservative = known.find((parameter) => parameter.type === "COOKIE-PRESERVATIVE");
  const extension = preservative?.type === "COOKIE-PRESERVATIVE" ? preservative.increment : 0;
  const forming = existing?.isForming === true ? existing : undefined;
  const outbound = existing?.outboundStreams ?? config.outboundStreams;
  const inbound = existing?.inboundStreams ?? config.inboundStreams;
  const extensions = agreedExtensions(offeredExtensions(config), known);
  return {
    createdAt: request.now,
    lifetime: config.validCookieLife + Math.min(extension, MAX_PRESERVATIVE),
    // RFC 9260 §5.2.1: "its Initiate Tag, unchanged"; §5.2.2: "a new Initiate Tag (randomly generated)".
    localTag: forming?.localTag ?? request.freshTag(),
    peerTag: init.initiateTag,
    // RFC 9260 §5.2.2: without an association the Tie-Tags "MUST be set to 0". §5.1.3: with one they are random numbers,
    // and not its tags, which nobody but its peer may know.
    localTieTag: existing?.localTieTag ?? 0,
    peerTieTag: existing?.peerTieTag ?? 0,
    localPort: request.localPort,
    peerPort: request.peerPort,
    // RFC 9260 §3.3.2: "the Initial TSN SHOULD be set to a random value".
    localInitialTsn: forming?.localInitialTsn ?? asTsn(randomU32(request.environment)),
    peerInitialTsn: init.initialTsn,
    peerWindow: init.receiverWindow,
    // RFC 9260 §5.1.1, §3.3.3: min(local OS, remote MIS), and what the peer may use of ours likewise.
    outboundStreams: Math.min(outbound, init.inboundStreams),
    inboundStreams: Math.min(inbound, init.outboundStreams),
    adaptation: adaptationIn(known),
    extensions,
    keyVectors: extensions.authentication
      ? { local: keyVector(authentication), peer: keyVector(known) }
      : undefined,
    localAddress: request.way.source,
    peerAddresses,
    preferredAddress: extensions.addressReconfiguration ? preferredAddress(known, request.source) : undefined,
  };
}

function addedAddresses(
  addresses: readonly IpAddress[],
  existing: ExistingAssociation | undefined,
): readonly IpAddress[] {
  const before = existing?.peerAddresses;
  return before === undefined ? [] : addresses.filter((address) => !before.includes(address));
}

function abort(verificationTag: number, cause: Cause): Reply {
  return { verificationTag, chunks: [{ type: "ABORT", tBit: false, causes: [cause] }] };
}
