// What can be copied of an exchange.

import type { Exchange } from "./model";

const HIDDEN = "[redacted]";

/** Headers that curl makes itself. */
const OWN = new Set(["host", "content-length", "connection", "accept-encoding", "transfer-encoding", "expect"]);

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A call of curl. What is hidden of the call is hidden in it. */
export function curl(exchange: Exchange, url: string): string {
  const { method, target, headers, body } = exchange.request;
  const words = ["curl"];
  if (method !== "GET") words.push("-X", quoted(method ?? "GET"));
  const host = url || "http://127.0.0.1";
  words.push(quoted(/^https?:/.test(target ?? "") ? (target ?? "") : host + (target ?? "/")));
  for (const [name, value] of headers ?? []) {
    if (!OWN.has(name.toLowerCase())) words.push("\\\n  -H", quoted(`${name}: ${value}`));
  }
  if (body !== undefined) words.push("\\\n  --data-binary", quoted(body));
  return words.join(" ");
}

/** A rule for a scenario that gives this answer to this call. */
export function rule(exchange: Exchange): string {
  const lines = [`  - operation: ${exchange.operation ?? "OPERATION"}`];
  const wanted = matched(exchange.request.body);
  if (wanted) lines.push(`    match: { body: ${wanted} }`);
  const { status, headers, body } = exchange.response;
  const wait = headers?.find(([name]) => name.toLowerCase() === "retry-after")?.[1];
  const answer = [`status: ${status}`];
  if (wait !== undefined) answer.push(`headers: { Retry-After: ${JSON.stringify(wait)} }`);
  if (body) answer.push(`body: ${literal(parsed(body) === undefined ? JSON.stringify(body) : body.replaceAll("\n", " "))}`);
  lines.push("    answers:", `      - ${answer.join("\n        ")}`);
  return `${lines.join("\n")}\n`;
}

/** The plain members of a body, without what is hidden. */
function matched(body: string | undefined): string | undefined {
  const value = parsed(body ?? "");
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const plain = Object.entries(value).filter(([, member]) =>
    typeof member === "number" ? Number.isSafeInteger(member) : typeof member !== "object" && member !== HIDDEN,
  );
  return plain.length === 0 ? undefined : JSON.stringify(Object.fromEntries(plain));
}

/** A text that no template begins in. */
const literal = (text: string): string => text.replace(/\{([{%#])/g, "{{ '{$1' }}");

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
