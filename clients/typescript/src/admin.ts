/** Calls to the admin API of a stand-in. */

import { request } from "node:http";

import { NotStarted, Refused, WrongScenario } from "./errors.js";
import type { Process } from "./process.js";

const PATIENCE = 60_000;
const WRONG_SCENARIO = 422;

type Body = string | Uint8Array | object;

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

  getBytes(path: readonly string[], query: Query): Promise<Uint8Array> {
    return this.#sent("GET", path, query);
  }

  post<T>(path: readonly string[], body: Body, query: Query = {}): Promise<T> {
    return this.#call<T>("POST", path, query, body);
  }

  async put(path: readonly string[], body: object): Promise<void> {
    await this.#call("PUT", path, {}, body);
  }

  async delete(path: readonly string[]): Promise<void> {
    await this.#call("DELETE", path, {});
  }

  async #call<T>(method: string, path: readonly string[], query: Query, body?: Body): Promise<T> {
    const answer = await this.#sent(method, path, query, body);
    return (answer.length === 0 ? undefined : JSON.parse(answer.toString())) as T;
  }

  async #sent(method: string, path: readonly string[], query: Query, body?: Body): Promise<Buffer> {
    const url = new URL(`/__admin/${path.map(encodeURIComponent).join("/")}`, this.#process.url);
    // A blank is written as %20: the admin API takes `+` for what it is.
    const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : `${name}=${encodeURIComponent(value)}`));
    url.search = given.join("&");
    const payload = typeof body === "object" && !(body instanceof Uint8Array) ? JSON.stringify(body) : body;
    const { status, content } = await answered(method, url, payload, this.#token).catch(async (error: Error) => {
      const url = this.#process.url;
      throw new NotStarted((await this.#process.obituary()) ?? `the stand-in at ${url} cannot be asked: ${error.message}`);
    });
    if (status === WRONG_SCENARIO) throw new WrongScenario(JSON.parse(content.toString()).text.trimEnd());
    if (status >= 400) throw new Refused(status, JSON.parse(content.toString()).detail);
    return content;
  }
}

interface Answered {
  readonly status: number;
  readonly content: Buffer;
}

function answered(method: string, url: URL, body: string | Uint8Array | undefined, token: string | undefined): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    const call = request(url, { method, headers, agent: false, timeout: PATIENCE }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on("data", (piece: Buffer) => pieces.push(piece));
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, content: Buffer.concat(pieces) }));
      answer.on("error", reject);
    });
    call.on("timeout", () => call.destroy(new Error(`no answer within ${PATIENCE / 1000} s`)));
    call.on("error", reject);
    call.end(body);
  });
}
