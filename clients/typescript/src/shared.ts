/** The stand-in that all tests of a process share, and sessions of it. */

import { VerdictFailed } from "./errors.js";
import { lines } from "./exchange.js";
import { list, type Scenario } from "./scenario.js";
import { type Options, Understudy } from "./server.js";
import type { Session } from "./session.js";

/** What a test asks for. */
export interface Wanted {
  /** What it alone plays. `body_file` is not possible here. */
  readonly scenario?: Scenario | readonly Scenario[] | undefined;
  /** Where its clock begins. */
  readonly time?: Date | string | undefined;
  /** Whether the verdict decides about it; it does by default. */
  readonly judge?: boolean | undefined;
}

let server: Promise<Understudy> | undefined;
const taken = new Set<string>();

/** The stand-in of this process. It ends with it. The first one who asks decides how it is started. */
export function shared(options: Omit<Options, "scenario"> = {}): Promise<Understudy> {
  // A test that needs no call is none of our business.
  server ??= Understudy.start({ allowEmpty: true, ...options });
  return server;
}

/** A session for a test. Tests of one name that run at the same time get different ones. */
export async function begin(name: string, wanted: Wanted, from: Promise<Understudy> = shared()): Promise<Session> {
  const server = await from;
  const session = unused(server, name);
  await session.forget();
  if (wanted.time !== undefined) await session.setTime(wanted.time);
  for (const scenario of list(wanted.scenario)) await session.play(scenario);
  return session;
}

function unused(server: Understudy, name: string): Session {
  let session = server.session(name);
  for (let number = 2; taken.has(session.name); number += 1) session = server.session(`${name}-${number}`);
  taken.add(session.name);
  return session;
}

/** Judges a session and forgets it. The error has the verdict and the last calls. */
export async function end(session: Session, wanted: Wanted): Promise<void> {
  try {
    if (wanted.judge === false) return;
    const verdict = await session.verdict();
    if (verdict.passed) return;
    const failed = new VerdictFailed({ ...verdict, text: `${verdict.text}\n\n${lines(await session.exchanges())}\n` });
    // Where this line is says nothing about the test.
    failed.stack = `${failed.name}: ${failed.message}`;
    throw failed;
  } finally {
    taken.delete(session.name);
    await session.forget();
  }
}
