/** Calls to the admin API of a stand-in. */

import { request } from "node:http";

import { NotStarted, Refused, WrongScenario } from "./errors.js";
import type { Process } from "./process.js";

const PATIENCE = 60_000;
const WRONG_SCENARIO = 422;

type Query = Readonly<Record<string, string | undefined>>;

/** Goes by no global `fetch`, which tests may have replaced. */
export class Admin {
  readonly #process: Process;
  readonly #token = process.env["UNDERSTUDY_ADMIN_TOKEN"];

  constructor(process: Process) {
    this.#process = process;
  }

  get<T>(path: readonly string[], query: Query = {}): Promise<T> {
    return this.#call<T>("GET", path, query);
  }

  async post(path: readonly string[], body: object | string, query: Query = {}): Promise<void> {
    await this.#call("POST", path, query, body);
  }

  async put(path: readonly string[], body: object): Promise<void> {
    await this.#call("PUT", path, {}, body);
  }

  async delete(path: readonly string[]): Promise<void> {
    await this.#call("DELETE", path, {});
  }

  async #call<T>(method: string, path: readonly string[], query: Query, body?: object | string): Promise<T> {
    const url = new URL(`/__admin/${path.map(encodeURIComponent).join("/")}`, this.#process.url);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
    const payload = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const { status, text } = await this.#sent(method, url, payload).catch(async (error: Error) => {
      const url = this.#process.url;
      throw new NotStarted((await this.#process.obituary()) ?? `the stand-in at ${url} cannot be asked: ${error.message}`);
    });
    const value = text === "" ? undefined : JSON.parse(text);
    if (status === WRONG_SCENARIO) throw new WrongScenario(value.text.trimEnd());
    if (status >= 400) throw new Refused(status, value.detail);
    return value as T;
  }

  #sent(method: string, url: URL, body: string | undefined): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const headers = this.#token ? { authorization: `Bearer ${this.#token}` } : {};
      const call = request(url, { method, headers, agent: false, timeout: PATIENCE }, (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (piece: string) => (text += piece));
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
        answer.on("error", reject);
      });
      call.on("timeout", () => call.destroy(new Error(`no answer within ${PATIENCE / 1000} s`)));
      call.on("error", reject);
      call.end(body);
    });
  }
}
