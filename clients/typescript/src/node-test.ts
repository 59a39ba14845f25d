/**
 * For `node:test`: a session of its own for a test, and a verdict at its end.
 *
 *     test("tells that the space is full", async (t) => {
 *       const understudy = await session(t, { scenario: "space-is-full.yaml" });
 *       await assert.rejects(myClient(understudy.url).share({ days: 7 }), SpaceIsFull);
 *     });
 */

import type { TestContext } from "node:test";

import type { Session } from "./session.js";
import { begin, end, shared, type Wanted } from "./shared.js";

export { shared, type Wanted };

/** A session for this test. A broken contract or an expectation that was not met fails it. */
export async function session(test: TestContext, wanted: Wanted = {}): Promise<Session> {
  const session = await begin(test.name, wanted);
  test.after(() => end(session, wanted));
  return session;
}
