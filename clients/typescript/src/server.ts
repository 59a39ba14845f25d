/** A stand-in of one's own. */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";

import { Admin } from "./admin.js";
import { find } from "./binary.js";
import { NotStarted } from "./errors.js";
import { Process } from "./process.js";
import { isText, list, path, read, type Scenario } from "./scenario.js";
import { Session } from "./session.js";

const LONGEST_NAME = 100;

/** How a stand-in is started. */
export interface Options {
  /** What all sessions play. */
  readonly scenario?: Scenario | readonly Scenario[];
  /** Remembers what clients create: begins with the built-in demo, or with the file of a seed. */
  readonly world?: boolean | string;
  /** Other options of `understudy serve`. */
  readonly options?: readonly string[];
  /** Where it listens; `127.0.0.1:0` by default, any free port. */
  readonly listen?: string;
  /** Whether the end of the block throws `VerdictFailed`; it does by default. */
  readonly judge?: boolean;
  /** Whether a verdict on no call at all passes. */
  readonly allowEmpty?: boolean;
  /** Another program than the one that is found. */
  readonly binary?: string;
}

/**
 * A running stand-in with a port of its own, and the session `default` of it.
 *
 *     await using api = await Understudy.start({ scenario: "space-is-full.yaml" });
 *     await myClient(api.url).share({ days: 7 });
 *
 * At the end of the block a broken contract or an expectation that was not met throws `VerdictFailed`.
 */
export class Understudy extends Session implements AsyncDisposable {
  readonly #process: Process;
  readonly #binary: string;
  readonly #judge: boolean;

  private constructor(process: Process, binary: string, judge: boolean) {
    super(new Admin(process), process.url, "default");
    this.#process = process;
    this.#binary = binary;
    this.#judge = judge;
  }

  /** Starts it. Throws `NotFound`, `NotStarted` or `WrongScenario`. */
  static async start(options: Options = {}): Promise<Understudy> {
    const { listen = "127.0.0.1:0", world = false, judge = true, binary = find() } = options;
    const scenarios = list(options.scenario);
    const process = await Process.start(binary, [
      "--listen",
      listen,
      ...(options.options ?? []),
      ...(world === true ? ["--world"] : world === false ? [] : [`--world=${world}`]),
      ...(options.allowEmpty ? ["--allow-empty"] : []),
      ...scenarios.filter((scenario) => !isText(scenario)).flatMap((file) => ["--scenario", path(file)]),
    ]);
    const server = new Understudy(process, binary, judge);
    try {
      for (const scenario of scenarios.filter(isText)) {
        const { name, text } = await read(scenario);
        await server.admin.post(["scenarios"], text, { file: name });
      }
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Stops it. Nothing is left behind. */
  async stop(): Promise<void> {
    await this.#process.stop();
  }

  /** The session of a name, for tests that share the stand-in. Characters that no name can have become `-`, and a long one is cut. */
  session(name: string): Session {
    const plain = name.replaceAll(/[^A-Za-z0-9_.-]/g, "-") || "-";
    const hash = createHash("sha256").update(name).digest("hex").slice(0, 12);
    const short = plain.length > LONGEST_NAME ? `${hash}-${plain.slice(hash.length + 1 - LONGEST_NAME)}` : plain;
    return new Session(this.admin, this.url, short);
  }

  /** The built-in test credentials, such as `UNDERSTUDY_KOODRIVE_TOKEN`. */
  async credentials(): Promise<Record<string, string>> {
    const words = ["credentials", "--format", "json"];
    const { stdout } = await promisify(execFile)(this.#binary, words).catch((error: Error) => {
      throw new NotStarted(`\`${this.#binary} ${words.join(" ")}\`: ${error.message}`);
    });
    return JSON.parse(stdout) as Record<string, string>;
  }

  /** The last lines that it wrote. */
  log(): string {
    return this.#process.log();
  }

  /** The number of its process. */
  get pid(): number {
    return this.#process.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.#judge) await this.check();
    } finally {
      await this.stop();
    }
  }

  /** All sessions. */
  protected override get scope(): { session?: string } {
    return {};
  }
}
