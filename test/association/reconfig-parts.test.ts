import { expect } from "vitest";
import { asSsn, tsnAdd } from "../../src/base/serial.ts";
import { fragment } from "../support/idata.ts";
import { type Script, scriptedTest } from "../support/ladder-test.ts";
import { associate, nextResults, Result, reconfig, requests, sentTsn } from "../support/reconfig.ts";

/** Resets (RFC 6525) of streams and TSNs while a message is delivered in parts (RFC 6458 §6.1.7). */

const IN_PARTS = { partialDeliveryPoint: 100 };
const UNREAD = { config: IN_PARTS, reading: false };
const HALF = 2 ** 31;
const data = new Uint8Array(500);

/** The peer begins a message on stream 2, and never ends it. */
function begin({ peer }: Script): void {
  associate(peer);
  peer.send(peer.data({ stream: 2, ending: false, data }));
  peer.await("SACK");
}

const resets = {
  "a reset of its stream": ({ peer }: Script) => {
    peer.send(reconfig(requests(peer).outgoing(0, [2], { lastTsn: sentTsn(peer, 1) })));
    expect(nextResults(peer)).toEqual([Result.PERFORMED]);
    return sentTsn(peer, 2);
  },
  "a reset of all TSNs": ({ peer }: Script) => {
    peer.send(reconfig(requests(peer).tsns(0)));
    expect(nextResults(peer)).toEqual([Result.PERFORMED]);
    return tsnAdd(peer.initialTsn, 1 + HALF);
  },
} as const;

for (const [what, reset] of Object.entries(resets)) {
  scriptedTest(`${what} breaks a message off, and its reader is told`, UNREAD, (script) => {
    const { a, peer } = script;
    begin(script);
    expect(a.association.receive()).toMatchObject({ more: true });
    const tsn = reset(script);
    expect(a.events("partial-aborted")).toMatchObject([{ stream: 2, ssn: 0, unordered: false }]);
    peer.send(peer.data({ stream: 2, tsn, ssn: asSsn(0), immediate: true }));
    peer.await("SACK");
    expect(a.association.receive()).toMatchObject({ ssn: 0, more: false, continuation: false });
    expect(a.association.unreadBytes).toBe(0);
  });

  scriptedTest(`${what}: of parts that nobody has read nobody is told`, UNREAD, (script) => {
    const { a } = script;
    begin(script);
    expect(a.association.unreadMessages).toBe(1);
    reset(script);
    expect(a.events("partial-aborted")).toEqual([]);
    expect([a.association.unreadMessages, a.association.unreadBytes]).toEqual([0, 0]);
  });

  scriptedTest(`${what}: fragments that nobody can read give their window back`, {}, (script) => {
    const { a } = script;
    begin(script);
    expect(a.association.unreadBytes).toBe(500);
    reset(script);
    expect(a.association.unreadBytes).toBe(0);
    expect(a.events("partial-aborted")).toEqual([]);
  });
}

scriptedTest("a reset of another stream breaks nothing off", UNREAD, (script) => {
  const { a, peer } = script;
  begin(script);
  peer.send(reconfig(requests(peer).outgoing(0, [0, 1, 3], { lastTsn: sentTsn(peer, 1) })));
  expect(nextResults(peer)).toEqual([Result.PERFORMED]);
  peer.send(peer.data({ stream: 2, beginning: false, immediate: true }));
  peer.await("SACK");
  expect(a.events("partial-aborted")).toEqual([]);
  expect([a.association.receive(), a.association.receive()]).toMatchObject([
    { more: true },
    { more: false, continuation: true },
  ]);
});

scriptedTest(
  "the end of a message that came whole can be read after a reset of all TSNs",
  UNREAD,
  (script) => {
    const { a, peer } = script;
    begin(script);
    expect(a.association.receive()).toMatchObject({ more: true });
    peer.send(peer.data({ stream: 2, beginning: false, data }));
    peer.send(peer.data({ stream: 3, ending: false, data, immediate: true }));
    peer.await("SACK");
    peer.send(reconfig(requests(peer).tsns(0)));
    expect(nextResults(peer)).toEqual([Result.PERFORMED]);
    expect(a.association.receive()).toMatchObject({ stream: 2, more: false, continuation: true });
    expect(a.association.receive()).toBeUndefined();
    expect(a.events("partial-aborted")).toEqual([]);
  },
);

const INTERLEAVED = { ...IN_PARTS, interleaving: true };
const both = [{ type: "SUPPORTED-EXTENSIONS", chunkTypes: [0x82, 0x40] }] as const;

scriptedTest("interleaved messages are broken off, each for itself", { config: INTERLEAVED }, (script) => {
  const { a, peer } = script;
  peer.associate({ parameters: both });
  const part = { ending: false, data, immediate: true } as const;
  peer.send(fragment(peer, 0, { ...part, stream: 2, unordered: true, mid: 5 }));
  peer.send(fragment(peer, 1, { ...part, stream: 2 }));
  peer.send(fragment(peer, 2, { ...part, stream: 1 }));
  peer.send(fragment(peer, 3, { ...part, stream: 2, fsn: 1, mid: 3 }));
  peer.collect(50);
  peer.send(reconfig(requests(peer).outgoing(0, [2], { lastTsn: sentTsn(peer, 4) })));
  expect(nextResults(peer)).toEqual([Result.PERFORMED]);
  expect(a.association.unreadBytes).toBe(0);
  expect(a.events("partial-aborted")).toMatchObject([
    { stream: 2, ssn: 5, unordered: true },
    { stream: 2, ssn: 0, unordered: false },
  ]);
  peer.send(reconfig(requests(peer).tsns(1)));
  expect(nextResults(peer)).toEqual([Result.PERFORMED]);
  expect(a.events("partial-aborted").slice(2)).toMatchObject([{ stream: 1, ssn: 0, unordered: false }]);
  expect(a.association.unreadBytes).toBe(0);
});

scriptedTest(
  "of interleaved messages that nobody has read nobody is told",
  { config: INTERLEAVED, reading: false },
  (script) => {
    const { a, peer } = script;
    peer.associate({ parameters: both });
    const part = { ending: false, data, immediate: true, stream: 2, unordered: true } as const;
    peer.send(fragment(peer, 0, { ...part, mid: 5 }));
    peer.collect(50);
    expect(a.association.receive()).toMatchObject({ more: true });
    peer.send(fragment(peer, 1, { ...part, mid: 6 }));
    peer.collect(50);
    peer.send(reconfig(requests(peer).outgoing(0, [], { lastTsn: sentTsn(peer, 2) })));
    expect(nextResults(peer)).toEqual([Result.PERFORMED]);
    expect(a.events("partial-aborted")).toMatchObject([{ ssn: 5 }]);
    expect(a.association.unreadMessages).toBe(0);
  },
);
