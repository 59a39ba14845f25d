// What a program is told, and how it says what it saw: see ../python/protocol.py.

import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

export const TIMEOUT = 1000;
// A call that takes longer, with a timeout of a second, does not end by itself.
const NEVER = 8000;
export const settings = process.argv.slice(2);

const encoded = (bytes) => Buffer.from(bytes).toString("base64");

function say(plan, what, status, head, body) {
  process.stdout.write([plan.id, what, status, encoded(head), encoded(body)].join("\t") + "\n");
}

/** The pairs of an array `[name, value, name, value]`. */
export function pairs(flat) {
  return flat.flatMap((name, index) => (index % 2 ? [] : [[name, flat[index + 1]]]));
}

async function attempt(plan, what, url, client) {
  const never = new Promise((resolve) => setTimeout(resolve, NEVER).unref());
  const seen = client.call(url, plan).catch((problem) => refused(problem) ?? { problem });
  const { status, headers, body, problem } = (await Promise.race([seen, never])) ?? empty("never");
  if (problem) {
    const code = problem.code ?? problem.cause?.code;
    const kind = typeof code === "string" ? `${problem.name} (${code})` : problem.name;
    say(plan, what, "error", kind, `${problem.message} ${problem.cause?.message ?? ""}`);
  } else {
    say(plan, what, status, headers.map(([name, value]) => `${name}: ${value}`).join("\n"), body);
  }
}

const empty = (status) => ({ status, headers: [], body: "" });

/** The answer, if the library threw its status. */
const refused = ({ name, response }) => (name === "HTTPError" ? empty(response.status ?? response.statusCode) : null);

/** `open()` is a new client with `call(url, plan) -> { status, headers, body }` and `close()`. */
export async function run(open) {
  for await (const line of createInterface({ input: process.stdin })) {
    const [id, method, before, count, url, after, text] = line.split("\t");
    const body = text || undefined;
    const plan = { id, method, body, headers: body ? { "content-type": "application/json" } : {} };
    const client = open();
    await Promise.all(Array.from({ length: Number(count) }, () => attempt(plan, "before", before, client)));
    // undici gives a connection back to its pool a little after the answer was read.
    await pause(20);
    await attempt(plan, "call", url, client);
    await attempt(plan, "after", after, client);
    await client.close();
  }
  process.exit(0);
}
