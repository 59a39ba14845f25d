/** What a stand-in writes, in a file that has no name any more. */

import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const LINES = 20;
const BYTES = 64 << 10;

export class Log {
  /** For the stand-in. */
  readonly written: number;
  readonly #read: number;

  constructor() {
    const folder = mkdtempSync(join(tmpdir(), "understudy-"));
    const path = join(folder, "log");
    this.written = openSync(path, "a");
    this.#read = openSync(path, "r");
    rmSync(folder, { recursive: true, force: true });
  }

  /** The last lines. */
  tail(): string {
    const { size } = fstatSync(this.#read);
    const text = Buffer.alloc(Math.min(size, BYTES));
    readSync(this.#read, text, 0, text.length, size - text.length);
    return text.toString().trimEnd().split("\n").slice(-LINES).join("\n");
  }

  close(): void {
    closeSync(this.#read);
  }
}
