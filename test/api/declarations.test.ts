import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Association, AssociationStream, StreamWritable } from "../../src/api/message/index.ts";

const folder = new URL("../../src/api/message/", import.meta.url);

test("iterators have one type argument: the others came with TypeScript 5.6", () => {
  const wide = /\bAsync(?:IterableIterator|Iterator|Iterable|Generator)<[^<>]*,/;
  for (const file of readdirSync(folder)) {
    expect(wide.exec(readFileSync(new URL(file, folder), "utf8"))?.[0], file).toBeUndefined();
  }
});

test("resolvers that do not know `exports` find the same entry", () => {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(manifest.exports["."]).toEqual({ types: manifest.types, default: manifest.main });
});

test("what a call refuses does not compile", () => {
  // The type check sees to it: it fails where an expected error is none.
  const refused = (association: Association, stream: AssociationStream): void => {
    association.configure({ rtoMin: 500, pathMtu: undefined });
    // @ts-expect-error It is settled by the handshake.
    association.configure({ interleaving: true });
    void association.send("x", { maxRetransmits: 1, lifetime: 5, until: "acknowledged" });
    association.trySend("x", { priority: 1, maxRetransmits: undefined });
    // @ts-expect-error One of both.
    void association.send("x", { maxRetransmits: 1, priority: 1 });
    // @ts-expect-error One of both.
    association.trySend("x", { maxRetransmits: 1, priority: 1 });
    stream.write({ data: "x", priority: 1 } satisfies StreamWritable);
    // @ts-expect-error One of both.
    stream.write({ data: "x", priority: 1, maxRetransmits: 1 } satisfies StreamWritable);
    // @ts-expect-error The stream is the one that it is written to.
    stream.write({ data: "x", stream: 1 } satisfies StreamWritable);
  };
  expect(refused).toBeTypeOf("function");
});
