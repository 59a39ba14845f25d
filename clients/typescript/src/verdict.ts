/** What the stand-in says of the client. */

/** How the client kept to the contract and to what the scenarios expect. */
export interface Verdict {
  /** Whether it did. */
  readonly passed: boolean;
  /** Why not. */
  readonly reasons: readonly ("contract broken" | "expectation unmet" | "no calls" | "journal incomplete")[];
  /** As people read it. */
  readonly text: string;
  /** As programs read it: the answer of `GET /__admin/verdict`. */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Answer extends Record<string, unknown> {
  verdict: "passed" | "failed";
  reasons: Verdict["reasons"];
  text: string;
}

export function verdict({ text, ...data }: Answer): Verdict {
  return { passed: data.verdict === "passed", reasons: data.reasons, text: text.trimEnd(), data };
}
