import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

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
