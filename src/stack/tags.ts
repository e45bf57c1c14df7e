import { type Environment, randomU32 } from "../base/environment.ts";
import type { Association } from "./endpoint.ts";

/** How long a tag stays reserved after its association ended, ms: longer than a cookie or a packet lives. */
const RESERVATION = 120_000;
/** Tags reserved at most; the oldest goes first. */
const MAX_RESERVED = 65_536;

/**
 * Our verification tags, unique in the stack: an ordinary packet is found by its tag alone. Bound: the number of
 * associations, and MAX_RESERVED of those that were.
 */
export class Tags {
  readonly #environment: Environment;
  readonly #associations: Map<number, Association> = new Map();
  /** Tags of associations that ended, and until when; in order of their end. */
  readonly #reserved: Map<number, number> = new Map();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  get size(): number {
    return this.#associations.size;
  }

  get(tag: number): Association | undefined {
    return this.#associations.get(tag);
  }

  all(): IterableIterator<Association> {
    return this.#associations.values();
  }

  /** RFC 9260 §5.3.1: random, "in the range of 1 to 4294967295", and not one in use or just used. */
  fresh(): number {
    for (;;) {
      const tag = randomU32(this.#environment);
      if (tag !== 0 && !this.#associations.has(tag) && !this.#reserved.has(tag)) return tag;
    }
  }

  set(tag: number, association: Association): void {
    this.#associations.set(tag, association);
  }

  /** The association has ended, or has another tag. */
  retire(now: number, tag: number): void {
    this.#associations.delete(tag);
    this.#reserved.delete(tag);
    this.#reserved.set(tag, now + RESERVATION);
    for (const [oldest, until] of this.#reserved) {
      if (until > now && this.#reserved.size <= MAX_RESERVED) break;
      this.#reserved.delete(oldest);
    }
  }

  /** The tag belonged to an association that ended a short while ago. */
  isReserved(now: number, tag: number): boolean {
    const until = this.#reserved.get(tag);
    return until !== undefined && until > now;
  }
}
