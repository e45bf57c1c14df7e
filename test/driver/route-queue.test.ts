import { expect, test } from "vitest";
import type { IpAddress } from "../../src/base/address.ts";
import { RouteQueue } from "../../src/driver/route-queue.ts";
import { ip } from "../stack/support.ts";

test("of more than 1,024 destinations at once the others hear at once that no route is known", () => {
  const answers: [IpAddress, IpAddress | undefined][] = [];
  const queue = new RouteQueue((...answer) => answers.push(answer));
  const destinations = Array.from({ length: 1_100 }, (_, i) => ip(`127.1.${i >> 8}.${i & 0xff}`));
  for (const destination of destinations) queue.ask(destination);
  expect(answers).toEqual(destinations.slice(1_024).map((destination) => [destination, undefined]));
  // Who waits already waits on.
  queue.ask(destinations[0] as IpAddress);
  expect(answers.length).toBe(76);
  queue.clear();
});
