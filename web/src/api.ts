// The admin API. With a token the page asks for it once, and keeps it as long as the tab is open.

const KEY = "understudy-token";

/** What the stand-in says in place of an answer. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly body: unknown,
  ) {
    super(message);
  }
}

/** Asks a person for the token; nothing if there is none. */
export type AsksToken = (why: string) => Promise<string>;

export interface Api {
  /** Sends a request; what comes is JSON, or nothing. */
  call<T>(method: string, path: string, body?: string, type?: string): Promise<T>;
  /** Begins to read an answer that does not end. */
  stream(path: string, headers: Record<string, string>, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
}

export function api(asks: AsksToken): Api {
  let token = sessionStorage.getItem(KEY) ?? undefined;
  let asking: Promise<string> | undefined;

  async function send(path: string, options: RequestInit): Promise<Response> {
    for (;;) {
      const headers = new Headers(options.headers);
      const used = token;
      if (used !== undefined) headers.set("Authorization", `Bearer ${used}`);
      const response = await fetch(`/__admin/${path}`, { ...options, headers });
      if (response.status !== 401) return response;
      // Many requests may find out at the same time; one of them asks.
      if (token === used) {
        asking ??= asks(used === undefined ? "This stand-in wants its admin token." : "That is not the token.");
        token = await asking;
        asking = undefined;
        sessionStorage.setItem(KEY, token);
      }
    }
  }

  async function ensured(response: Response): Promise<Response> {
    if (response.ok) return response;
    const body: unknown = await response.json().catch(() => undefined);
    const detail = (body as { detail?: unknown } | undefined)?.detail;
    throw new Problem(response.status, typeof detail === "string" ? detail : `status ${response.status}`, body);
  }

  return {
    async call<T>(method: string, path: string, body?: string, type = "application/json"): Promise<T> {
      const options: RequestInit = body === undefined ? { method } : { method, body, headers: { "Content-Type": type } };
      const response = await ensured(await send(path, options));
      const text = await response.text();
      return (text === "" ? undefined : JSON.parse(text)) as T;
    },
    async stream(path, headers, signal) {
      const response = await ensured(await send(path, { headers, signal }));
      if (!response.body) throw new Problem(response.status, "no events", undefined);
      return response.body;
    },
  };
}
