/**
 * Turns without a datagram after which the sockets count as dry. One when the timer was punctual. After a blocked event
 * loop the other end may sit in this same process and have been blocked too: it reads in the first turn, answers,
 * and the answer is read in the second.
 */
const QUIET_TURNS = 1;
const QUIET_TURNS_WHEN_LATE = 3;

/** From this on, ms, a timer is late: the event loop was blocked. */
const LATE = 50;

/**
 * Turns after which the timeout is handled in any case. A turn reads 32 datagrams of a socket, so 512 read more than
 * the largest receive buffer that we ask for holds: what had come in before the timer has been read by then.
 */
const MOST_TURNS = 512;

/**
 * Holds a timeout back until what waits in the sockets has been read: after the event loop was blocked, the
 * acknowledgements that would have stopped the timer are there, and only have not been read.
 */
export class LateTimer {
  #state: "idle" | "draining" | "due" = "idle";
  #needed = QUIET_TURNS;
  #quiet = 0;
  #turns = 0;
  #received = 0;

  /** Whether a timeout is held back, so that turns must follow. */
  get waiting(): boolean {
    return this.#state !== "idle";
  }

  /** The timer fired `lateness` ms after its deadline, with `received` datagrams read so far. */
  begin(lateness: number, received: number): void {
    this.#state = "draining";
    this.#needed = lateness >= LATE ? QUIET_TURNS_WHEN_LATE : QUIET_TURNS;
    this.#quiet = 0;
    this.#turns = 0;
    this.#received = received;
  }

  /** Asked once a turn, with the datagrams read so far: whether the timeout is to be handled now. */
  isDue(received: number): boolean {
    if (this.#state !== "draining") return this.#state === "due";
    this.#quiet = received === this.#received ? this.#quiet + 1 : 0;
    this.#received = received;
    if (this.#quiet < this.#needed && ++this.#turns < MOST_TURNS) return false;
    this.#state = "due";
    return true;
  }

  /** The timeout was handled; with `more` it goes on in the next turn, without reading first. */
  handled(more: boolean): void {
    if (!more) this.#state = "idle";
  }
}
