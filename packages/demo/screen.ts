import type { WriteStream } from "node:tty";
import { draw, type Paint, type Picture } from "./view.ts";

/** Where the demonstration can be watched. */
export interface Screen {
  /** A line that stays. */
  tell(line: string): void;
  show(picture: Picture): void;
  /** Leaves the terminal as it was found, with the last picture in it. */
  end(): void;
}

const CODES = { bold: 1, dim: 2, green: 32, yellow: 33, red: 31 } as const;

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const ERASE_BELOW = "\u001b[J";
/** In a narrow terminal a line that wraps would be one more than we go back up: it is cut off instead. */
const NO_WRAP = "\u001b[?7l";
const WRAP = "\u001b[?7h";

/** Colours where the stream has them; NO_COLOR and FORCE_COLOR are heeded. */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  if (stream.isTTY !== true || !stream.hasColors()) return (_style, text) => text;
  return (style, text) => `\u001b[${CODES[style]}m${text}\u001b[0m`;
}

/** Who reads a pipe may leave (`npm start | head`): then nobody watches, and `exit` listeners end the rest. */
export function endWithReader(stream: NodeJS.WriteStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
}

export function openScreen(stream: NodeJS.WriteStream): Screen {
  return stream.isTTY === true ? new LiveScreen(stream) : new PlainScreen(stream);
}

/** Lines that stay scroll up; below them the picture is drawn over and over. */
class LiveScreen implements Screen {
  readonly #stream: WriteStream;
  readonly #paint: Paint;
  #last: Picture | undefined;
  #height = 0;

  constructor(stream: WriteStream) {
    this.#stream = stream;
    this.#paint = paintFor(stream);
    stream.write(HIDE_CURSOR);
  }

  tell(line: string): void {
    this.#redraw(`${line}\n`);
  }

  show(picture: Picture): void {
    this.#last = picture;
    this.#redraw("");
  }

  end(): void {
    this.#last = undefined;
    this.#height = 0;
    this.#stream.write(SHOW_CURSOR);
  }

  /** In one write, so that nothing flickers. */
  #redraw(above: string): void {
    const lines = this.#last === undefined ? [] : ["", ...draw(this.#last, this.#paint)];
    const back = this.#height === 0 ? "" : `\u001b[${this.#height}A${ERASE_BELOW}`;
    const picture = lines.map((line) => `${line}\n`).join("");
    this.#stream.write(`${back}${above}${NO_WRAP}${picture}${WRAP}`);
    this.#height = lines.length;
  }
}

/** For a log file: a line for each tenth of the transfer. */
class PlainScreen implements Screen {
  readonly #stream: NodeJS.WriteStream;
  #told = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  tell(line: string): void {
    this.#stream.write(`${line}\n`);
  }

  show(picture: Picture): void {
    const tenths = Math.floor((picture.sight.delivered / picture.total) * 10);
    if (tenths === this.#told) return;
    this.#told = tenths;
    const [bar] = draw(picture, (_style, text) => text);
    if (bar !== undefined) this.tell(bar);
  }

  end(): void {}
}
