/** What a test does with its part of a stand-in. */

import type { Admin } from "./admin.js";
import { VerdictFailed } from "./errors.js";
import type { Exchange } from "./exchange.js";
import { read, type Scenario } from "./scenario.js";
import { type Answer, verdict, type Verdict } from "./verdict.js";

/** One client's part of a stand-in: its own place in the scenarios, its own states, clock, journal and verdict. */
export class Session {
  /** The base URL for the client under test. */
  readonly url: string;
  protected readonly admin: Admin;

  constructor(
    admin: Admin,
    root: string,
    /** As the header `X-Understudy-Session` takes it. */
    readonly name: string,
  ) {
    this.admin = admin;
    this.url = name === "default" ? root : `${root}/~${name}`;
  }

  /** What a client sends that calls the server's own URL and not that of the session. */
  get headers(): Record<string, string> {
    return { "X-Understudy-Session": this.name };
  }

  /** Plays a scenario here alone, before those of the server. Throws `WrongScenario`. */
  async play(scenario: Scenario): Promise<void> {
    const { name, text } = await read(scenario);
    await this.admin.post(["sessions", this.name, "scenarios"], text, { file: name });
  }

  /** Moves the clock on: by milliseconds, or by a text such as `"20m"`. */
  async advance(by: number | string): Promise<void> {
    await this.#clock({ advance: typeof by === "string" ? by : `${Math.round(by)}ms` });
  }

  /** Sets the clock. It runs on from there, or stands still. */
  async setTime(now: Date | string): Promise<void> {
    await this.#clock({ set: typeof now === "string" ? now : now.toISOString() });
  }

  /** Stops the clock. */
  async freeze(): Promise<void> {
    await this.#clock({ freeze: true });
  }

  /** Lets a clock that stands still run on. */
  async resume(): Promise<void> {
    await this.#clock({ resume: true });
  }

  async #clock(order: object): Promise<void> {
    await this.admin.post(["clock"], { session: this.name, ...order });
  }

  /** The named states of the session. */
  states(): Promise<Record<string, unknown>> {
    return this.admin.get(["sessions", this.name, "states"]);
  }

  /** Sets states and leaves the others alone; `null` takes one away. */
  async setStates(states: Readonly<Record<string, unknown>>): Promise<void> {
    await this.admin.put(["sessions", this.name, "states"], states);
  }

  /** Puts a file into the world of the session, such as `lin/notes/todo.txt`, with the folders on the way. */
  putFile(path: string, content: string | Uint8Array): Promise<Record<string, unknown>> {
    return this.admin.post(this.#files, content, { path });
  }

  /** Id and metadata of a file of the world. */
  file(path: string): Promise<Record<string, unknown>> {
    return this.admin.get(this.#files, { path });
  }

  /** What a file of the world holds. */
  readFile(path: string): Promise<Uint8Array> {
    return this.admin.getBytes(this.#files, { path, content: "" });
  }

  get #files(): readonly string[] {
    return ["sessions", this.name, "world", "files"];
  }

  /** What happened so far, or the calls of an operation, the oldest first. */
  async exchanges(operation?: string): Promise<readonly Exchange[]> {
    const { exchanges } = await this.admin.get<{ exchanges: Exchange[] }>(["exchanges"], { ...this.scope, operation });
    return exchanges;
  }

  /** How the client kept to the contract and to what is expected, so far. */
  async verdict(): Promise<Verdict> {
    return verdict(await this.admin.get<Answer>(["verdict"], { ...this.scope, text: "true" }));
  }

  /** Throws `VerdictFailed` if the client broke the contract or did not do what is expected. */
  async check(): Promise<void> {
    const found = await this.verdict();
    if (!found.passed) throw new VerdictFailed(found);
  }

  /** Begins anew: without calls, states and scenarios of its own. */
  async forget(): Promise<void> {
    // A session that made no call may not be there.
    await this.resume();
    await this.admin.delete(["sessions", this.name]);
  }

  /** Whose calls are looked at. */
  protected get scope(): { session?: string } {
    return { session: this.name };
  }
}
