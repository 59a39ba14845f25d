/** A call and its answer, as the journal has them. `docs/wire.md` describes every member. */

export interface Message {
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
  readonly body_base64?: string;
  readonly body_left_out?: string;
}

/** A place where the call broke the contract. */
export interface Finding {
  readonly at: string;
  readonly rule: string;
  readonly expected: string;
  readonly found: string;
}

export interface Exchange {
  readonly exchange: number;
  readonly time: string;
  readonly session: string;
  readonly operation: string | null;
  readonly attempt: number;
  readonly answer: string;
  /** What came. Secrets are hidden. Bytes that were no request have a body alone. */
  readonly request: Message & { readonly method?: string; readonly target?: string };
  /** What left. */
  readonly response: Message & { readonly status: number };
  readonly violations: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly outcome: { readonly ended: "delivered" | "client_left" | "fault" | "cut_off"; readonly at: string } | null;
  readonly sent: { readonly first: string | null; readonly last: string | null; readonly bytes: number } | null;
  readonly delay_ms?: number;
  readonly retry_after_ms?: number;
  readonly fault?: string;
  readonly resends?: number;
  readonly world?: Readonly<Record<string, unknown>>;
  readonly signature?: Readonly<Record<string, unknown>>;
}

const LAST_CALLS = 20;

/** The last calls, a line each, as the terminal of the server has them. */
export function lines(exchanges: readonly Exchange[]): string {
  const last = exchanges.slice(-LAST_CALLS).map(line);
  const leftOut = exchanges.length - last.length;
  return [...(leftOut > 0 ? [`... ${leftOut} before`] : []), ...last].join("\n");
}

function line({ exchange, request, response, operation, answer }: Exchange): string {
  const call = request.method === undefined ? "(not a request)" : `${request.method} ${request.target}`;
  return [`${exchange}`.padStart(4), call, response.status, operation, answer].filter((part) => part !== null).join("  ");
}
