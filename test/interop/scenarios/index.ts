import type { Scenario } from "../matrix.ts";
import {
  abandonInScenario,
  abandonInterleavedInScenario,
  abandonInterleavedOutScenario,
  abandonOutScenario,
} from "./abandon.ts";
import { addressesOfItScenario, addressesOfUsScenario } from "./addresses.ts";
import {
  authAloneScenario,
  authKeyChangeScenario,
  authMessageKeyScenario,
  authNullKeyScenario,
  authScenario,
  authWrongCookieScenario,
  authWrongKeyScenario,
} from "./auth.ts";
import { bulkInScenario, bulkOutScenario } from "./bulk.ts";
import { channelByItScenario, channelByUsScenario } from "./channel.ts";
import { collisionScenario } from "./collision.ts";
import { echoScenario, largeScenario, orderedScenario, unorderedScenario } from "./echo.ts";
import {
  abortByItScenario,
  abortByUsScenario,
  closeByItScenario,
  closeByUsScenario,
  shutdownByItScenario,
  shutdownByUsScenario,
} from "./end.ts";
import { failoverInScenario, failoverOutScenario, familiesScenario } from "./failover.ts";
import { interleavedEchoScenario, interleavedInScenario, interleavedOutScenario } from "./interleave.ts";
import { ipv6Scenario } from "./ipv6.ts";
import { lossyScenario } from "./lossy.ts";
import {
  resetAllScenario,
  resetAskedByItScenario,
  resetAskedByUsScenario,
  resetByItScenario,
  resetByUsScenario,
  resetRefusedScenario,
  resetTsnsByItScenario,
  resetTsnsByUsScenario,
  streamsByItScenario,
  streamsByUsScenario,
} from "./reset.ts";
import { restartOfItScenario, restartOfUsScenario } from "./restart.ts";
import { itLearnsScenario, weLearnScenario } from "./udp-port.ts";

/** The rows of the matrix. */
export const scenarios: readonly Scenario[] = [
  echoScenario,
  orderedScenario,
  unorderedScenario,
  largeScenario,
  ipv6Scenario,
  bulkOutScenario,
  bulkInScenario,
  lossyScenario,
  abandonOutScenario,
  abandonInScenario,
  interleavedEchoScenario,
  interleavedOutScenario,
  interleavedInScenario,
  abandonInterleavedOutScenario,
  abandonInterleavedInScenario,
  failoverOutScenario,
  failoverInScenario,
  familiesScenario,
  addressesOfUsScenario,
  addressesOfItScenario,
  authScenario,
  authNullKeyScenario,
  authKeyChangeScenario,
  authMessageKeyScenario,
  authWrongKeyScenario,
  authWrongCookieScenario,
  authAloneScenario,
  resetByUsScenario,
  resetByItScenario,
  resetAskedByUsScenario,
  resetAskedByItScenario,
  resetAllScenario,
  resetTsnsByUsScenario,
  resetTsnsByItScenario,
  streamsByUsScenario,
  streamsByItScenario,
  resetRefusedScenario,
  channelByUsScenario,
  channelByItScenario,
  closeByUsScenario,
  closeByItScenario,
  shutdownByUsScenario,
  shutdownByItScenario,
  abortByUsScenario,
  abortByItScenario,
  restartOfItScenario,
  restartOfUsScenario,
  collisionScenario,
  itLearnsScenario,
  weLearnScenario,
];
