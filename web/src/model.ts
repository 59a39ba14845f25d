// What the stand-in tells, as JSON: the names are those of the admin API.

/** An exchange in a line. */
export interface Summary {
  exchange: number;
  /** When its head was complete, by the system's clock. */
  received: string;
  /** The same by the clock of its session. */
  time: string;
  session: string;
  operation?: string;
  method?: string;
  target?: string;
  status: number;
  answer: string;
  violations?: number;
  warnings?: number;
  refusal?: string;
  fault?: string;
  delay_ms?: number;
  resends?: number;
  /** Milliseconds from the head of the request to these. */
  body_ms?: number;
  first_ms?: number;
  duration_ms?: number;
  /** Missing while it is under way. */
  ended?: string;
}

export interface Violation {
  at: string;
  rule: string;
  expected: string;
  found: string;
}

export interface Page {
  page: string;
  edition: string;
}

export interface Message {
  headers?: [string, string][];
  body?: string;
  body_base64?: string;
  body_left_out?: string;
}

/** Everything about an exchange. */
export interface Exchange {
  exchange: number;
  time: string;
  session: string;
  operation: string | null;
  attempt: number;
  answer: string;
  connection: { number: number; http: string; stream?: number };
  received: { head: string; body: string };
  sent: { first: string | null; last: string | null; bytes: number } | null;
  outcome: { ended: string; at: string; fault?: string } | null;
  request: Message & { method?: string; target?: string };
  response: Message & { status: number };
  violations: Violation[];
  warnings: Violation[];
  delay_ms?: number;
  retry_after_ms?: number;
  resends?: number;
  fault?: string;
  refusal?: string;
  world?: { took: string; created: string[]; changed: string[]; removed: string[] };
  signature?: { canonical: string; string_to_sign: string; hint?: string | null };
  documentation?: Page[];
}

/** Exchanges that something is about: the first of them, and how many there are. */
export interface Numbers {
  count: number;
  first: number[];
}

export interface Finding {
  kind: string;
  fails: boolean;
  session: string | null;
  service: string | null;
  operation: string | null;
  at: string;
  expected: string;
  found: string;
  documentation: Page[];
  exchanges: Numbers;
  line: { file: string; line: number; column: number } | null;
}

export interface Expectation {
  scenario: string;
  expectation: number;
  about: string;
  met: boolean;
  expected: string;
  found: string;
  exchanges: Numbers;
}

export interface SessionVerdict {
  session: string;
  verdict: string;
  calls: number;
  operations: { service: string | null; operation: string | null; accepted: number; refused: number }[];
  expectations: Expectation[];
  findings_left_out: number;
  noticed: Notice[];
}

export interface Notice {
  kind: string;
  text: string;
  exchanges: Numbers;
}

/** A call that was attempted more than once. */
export interface Retry {
  session: string;
  operation: string;
  attempts: { exchange: number; wait_ms?: number; asked_ms?: number }[];
  resends: number;
}

/** How much of what there is was covered. */
export interface Share {
  covered: number;
  all: number;
}

export interface CoveredOperation {
  operation: string;
  called: number;
  accepted: number;
  refused: number;
  errors: { code: string; shown: number; retried: number; recovered: number; gave_up: number }[];
  edges_missing: { at: string; edge: string }[];
}

export interface CoveredGroup {
  service: string;
  group: string;
  totals: { operations: Share; errors: Share; edges: Share };
  operations: CoveredOperation[];
  not_called: string[];
}

export interface Coverage {
  totals: { operations: Share; errors: Share; edges: Share; faults: Share };
  groups: CoveredGroup[];
  faults: { fault: string; seen: number; retried: number; survived: number }[];
}

/** What the suite did when errors and faults were injected. */
export interface SweptRun {
  service: string;
  operation: string;
  error: string | null;
  fault: string | null;
  reaction: "failed" | "passed" | "not_reached" | "hung" | "crashed";
  exit_status: number | null;
  signal: number | null;
  delivered: number;
  broken_calls: number;
  duration_ms: number;
  output: string | null;
}

export interface Sweep {
  verdict: string;
  counts: Record<SweptRun["reaction"], number>;
  not_run: number;
  interrupted: boolean;
  plain_ms: number;
  limit_ms: number;
  not_called: string[];
  runs: SweptRun[];
  left_out: { operation: string; service: string; error: string | null; fault: string | null; why: string }[];
}

/** What is to be said of the clients. */
export interface Overview {
  understudy: string;
  url: string;
  verdict: string;
  reasons: string[];
  note?: string;
  findings: Finding[];
  meanings: Record<string, string>;
  sessions: SessionVerdict[];
  noticed: Notice[];
  retries: Retry[];
  /** Where it is counted. */
  coverage?: Coverage;
  /** Where one was made. */
  sweep?: Sweep;
  retries_left_out: number;
}

/** Why no rule answered a call. */
export interface Unmatched {
  exchange: number;
  rules: number;
  closest: { rule: string; why: string[] | string }[];
}

/** Where the views get what they show. */
export interface Source {
  overview(): Overview | undefined;
  /** Every exchange in a line, in order. */
  rows(): readonly Summary[];
  exchange(number: number): Promise<Exchange | undefined>;
  /** Why no rule answered a call; nothing where that is not known. */
  unmatched(number: number): Promise<Unmatched | undefined>;
}
