/** The terminal while a picture is shown on it: redrawn in place on the alternate screen, keys read one by one. */
import type { ReadStream, WriteStream } from 'node:tty';

const ESC = '\u001b[';
const ENTER = `${ESC}?1049h${ESC}?25l`;
const LEAVE = `${ESC}?25h${ESC}?1049l`;
const HOME = `${ESC}H`;
const CLEAR_LINE = `${ESC}K`;
const CLEAR_BELOW = `${ESC}J`;

/** In raw mode the terminal sends no signal for Ctrl-C; it is a key like any other. */
export const CTRL_C = '\u0003';

export class Screen {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #onKey: (key: string) => void;
  readonly #draw: (columns: number, rows: number) => string[];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: {
    input: ReadStream;
    output: WriteStream;
    draw: (columns: number, rows: number) => string[];
    onKey: (key: string) => void;
  }) {
    this.#input = options.input;
    this.#output = options.output;
    this.#draw = options.draw;
    this.#onKey = options.onKey;
  }

  open(everyMs: number): void {
    this.#output.write(ENTER);
    if (this.#input.isTTY) {
      this.#input.setRawMode(true);
      this.#input.on('data', this.#keys);
    }
    this.#timer = setInterval(() => this.#redraw(), everyMs);
    this.#redraw();
  }

  /** Gives the terminal back as it was. */
  close(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#input.isTTY) {
      this.#input.setRawMode(false);
      this.#input.off('data', this.#keys);
      this.#input.pause();
    }
    this.#output.write(LEAVE);
  }

  readonly #keys = (data: Buffer): void => {
    for (const key of data.toString('utf8')) this.#onKey(key);
  };

  #redraw(): void {
    const { columns, rows } = this.#output;
    const lines = this.#draw(columns, rows);
    this.#output.write(HOME + lines.map((line) => line + CLEAR_LINE).join('\r\n') + CLEAR_BELOW);
  }
}
