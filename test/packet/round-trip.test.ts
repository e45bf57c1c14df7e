import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { padded } from "../../src/base/bytes.ts";
import { causeLength, causesLength, decodeCauses, encodeCauses } from "../../src/packet/causes/cause.ts";
import { chunkLength, decodeChunk, encodeChunk } from "../../src/packet/chunks/chunk.ts";
import {
  decodeParameters,
  encodeParameters,
  parameterLength,
  parametersLength,
  parametersToBytes,
} from "../../src/packet/parameters/parameter.ts";
import { cause, causeOf, chunkOf, parameter, parameterOf } from "./arbitraries.ts";

/** A buffer full of what a former packet left in it. */
function dirty(length: number): Uint8Array {
  return new Uint8Array(length).fill(0xa5);
}

describe("decode(encode(x)) is x", () => {
  test.each(Object.entries(chunkOf))("for a %s chunk, anywhere in a buffer", (_type, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, fc.nat(8), (chunk, offset) => {
        const length = chunkLength(chunk);
        const buffer = dirty(offset + length + 9);
        const end = encodeChunk(chunk, buffer, offset);
        expect(end).toBe(offset + padded(length));
        expect(decodeChunk(buffer, offset, length)).toEqual(chunk);
        // RFC 9260 §3.2: "the sender MUST pad the chunk with all zero bytes", and what is around stays.
        expect([...buffer.subarray(offset + length, end)]).toEqual(Array(end - offset - length).fill(0));
        expect(buffer.subarray(0, offset)).toEqual(dirty(offset));
        expect(buffer.subarray(end)).toEqual(dirty(buffer.length - end));
        expect(((buffer[offset + 2] as number) << 8) | (buffer[offset + 3] as number)).toBe(length);
      }),
    );
  });

  test.each(Object.entries(parameterOf))("for a %s parameter", (_type, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (one) => {
        const length = parameterLength(one);
        const buffer = dirty(length + 8);
        expect(encodeParameters([one], buffer, 4)).toBe(4 + length);
        expect(decodeParameters(buffer, 4, 4 + length)).toEqual([one]);
      }),
    );
  });

  test.each(Object.entries(causeOf))("for a %s cause", (_type, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (one) => {
        const length = causeLength(one);
        const buffer = dirty(length + 8);
        expect(encodeCauses([one], buffer, 4)).toBe(4 + length);
        expect(decodeCauses(buffer, 4, 4 + length)).toEqual([one]);
      }),
    );
  });

  test("for lists, whether or not the last padding is counted (RFC 9260 §3.2)", () => {
    fc.assert(
      fc.property(
        fc.array(parameter, { maxLength: 6 }),
        fc.array(cause, { maxLength: 6 }),
        (parameters, causes) => {
          const list = parametersToBytes(parameters);
          const length = parametersLength(parameters);
          expect(list.length).toBe(length);
          const roomy = dirty(padded(length));
          roomy.set(list);
          for (let end = length; end <= padded(length); end++) {
            expect(decodeParameters(roomy, 0, end)).toEqual(parameters);
          }
          const causesBytes = dirty(padded(causesLength(causes)));
          expect(encodeCauses(causes, causesBytes, 0)).toBe(causesLength(causes));
          for (let end = causesLength(causes); end <= causesBytes.length; end++) {
            expect(decodeCauses(causesBytes, 0, end)).toEqual(causes);
          }
        },
      ),
    );
  });
});
