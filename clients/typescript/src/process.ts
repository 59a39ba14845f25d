/** A stand-in as a process: it ends with this one, however that ends. */

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync } from "node:fs";
import type { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";

import { NotStarted, WrongScenario } from "./errors.js";
import { Log } from "./log.js";

/** Milliseconds for a start on a machine that is busy with many of them, and for an end. */
const START = 60_000;
const END = 10_000;

/** Milliseconds from the end of its connections to its own. */
const MOMENT = 2_000;

const WRONG_FILES = 3;

/** Runs `understudy serve`. Its standard input is a pipe that only this process holds: when that closes, the server stops. */
export class Process {
  /** Where it listens. */
  url = "";
  readonly #command: string[];
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #log = new Log();
  readonly #ended: Promise<void>;
  #problem: Error | undefined;

  private constructor(binary: string, options: readonly string[]) {
    this.#command = [binary, "serve", "--until-eof", ...options];
    // Ctrl-C is for the tests, which still have something to ask the server then: it gets a group of its own.
    const child = spawn(binary, this.#command.slice(1), { stdio: ["pipe", "pipe", this.#log.written], detached: true });
    this.#child = child as ChildProcessByStdio<Writable, Readable, null>;
    closeSync(this.#log.written);
    this.#child.stdin.on("error", () => {});
    this.#ended = new Promise((resolve) => {
      this.#child.once("exit", () => resolve());
      this.#child.once("error", (problem) => {
        this.#problem = problem;
        resolve();
      });
    });
  }

  /** Starts it, and waits until it listens. */
  static async start(binary: string, options: readonly string[]): Promise<Process> {
    const process = new Process(binary, options);
    try {
      process.url = await process.#announced();
    } catch (error) {
      await process.stop();
      throw error;
    }
    process.#letGo();
    return process;
  }

  /** The first line of its output. */
  async #announced(): Promise<string> {
    const patience = setTimeout(() => this.#child.kill("SIGKILL"), START);
    let text = "";
    try {
      for await (const piece of this.#child.stdout) {
        text += piece;
        if (text.includes("\n")) return text.slice(0, text.indexOf("\n"));
      }
    } catch (error) {
      this.#problem ??= error as Error;
    } finally {
      clearTimeout(patience);
    }
    await this.#ended;
    if (this.#problem) throw new NotStarted(`cannot run \`${this.#command[0]}\`: ${this.#problem.message}`);
    if (this.#child.exitCode === WRONG_FILES) throw new WrongScenario(this.log());
    throw new NotStarted(this.#told("before it listened"));
  }

  /** A stand-in that nobody stopped does not keep the tests from ending. */
  #letGo(): void {
    this.#child.unref();
    for (const pipe of [this.#child.stdin, this.#child.stdout]) (pipe as Partial<Socket>).unref?.();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** What is said when it is not there any more; nothing while it is. */
  async obituary(): Promise<string | undefined> {
    // The connection may be gone a moment before the process is.
    let moment: NodeJS.Timeout | undefined;
    await Promise.race([this.#ended, new Promise((resolve) => (moment = setTimeout(resolve, MOMENT)))]);
    clearTimeout(moment);
    return this.hasEnded() ? this.#told("while it was needed") : undefined;
  }

  #told(when: string): string {
    const { exitCode, signalCode } = this.#child;
    const how = signalCode === null ? `ended with status ${exitCode}` : `was ended by ${signalCode}`;
    const log = this.log().replaceAll(/^/gm, "    ");
    return `the stand-in ${how} ${when}: ${this.#command.join(" ")}\nthe last lines of its log:\n${log}`;
  }

  /** The last lines of its log. */
  log(): string {
    return this.#log.tail();
  }

  /** Ends it and waits for that. */
  async stop(): Promise<void> {
    if (!this.hasEnded() && !this.#problem) {
      this.#child.ref();
      const ended = once(this.#child, "exit");
      this.#child.stdin.end();
      this.#child.stdin.destroy();
      const impatience = setTimeout(() => this.#child.kill("SIGKILL"), END);
      await ended;
      clearTimeout(impatience);
    }
    this.#child.stdout.destroy();
    this.#log.close();
  }
}
