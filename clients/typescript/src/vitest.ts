/**
 * For vitest: a session of its own for each test, and a verdict at its end.
 *
 *     const full = playing({ scenario: "space-is-full.yaml" });
 *     full("tells that the space is full", async ({ understudy }) => {
 *       await expect(myClient(understudy.url).share({ days: 7 })).rejects.toThrow(SpaceIsFull);
 *     });
 */

import { test as base, type TestContext } from "vitest";

import type { Session } from "./session.js";
import { begin, end, shared, type Wanted } from "./shared.js";

export { shared, type Wanted };

/** What a fixture is for `test.extend`. */
export type Fixture = (context: TestContext, use: (session: Session) => Promise<void>) => Promise<void>;

/** A session for each test. A broken contract or an expectation that was not met fails it. */
export function fixture(wanted: Wanted = {}): Fixture {
  return async ({ task }, use) => {
    const session = await begin(`${task.file.name} ${task.name}`, wanted);
    await use(session);
    await end(session, wanted);
  };
}

/** The `test` of vitest with the fixture `understudy`, which gives each test what is wanted. */
export function playing(wanted: Wanted): typeof test {
  return base.extend<{ understudy: Session }>({ understudy: fixture(wanted) });
}

/** The same where nothing is wanted but a session. */
export const test = base.extend<{ understudy: Session }>({ understudy: fixture() });
