/**
 * For Playwright: a session of its own for each test, and a verdict at its end.
 *
 *     test.use({ scenario: "space-is-full.yaml" });
 *     test("tells that the space is full", async ({ page, understudy }) => {
 *       await page.goto(`/?api=${understudy.url}`);
 *     });
 */

import { test as base } from "@playwright/test";

import type { Scenario } from "./scenario.js";
import type { Session } from "./session.js";
import { begin, end, shared } from "./shared.js";
import type { Understudy } from "./server.js";

export { expect } from "@playwright/test";

export interface Fixtures {
  /** What the test plays. */
  scenario: Scenario | readonly Scenario[] | undefined;
  /** Where its clock begins. */
  time: Date | string | undefined;
  /** Whether the verdict decides about the test. */
  judge: boolean;
  /** The session of the test. */
  understudy: Session;
}

export interface WorkerFixtures {
  /** Options of `understudy serve`. */
  understudyOptions: readonly string[];
  /** The stand-in that the tests of a worker share. */
  understudyServer: Understudy;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  scenario: [undefined, { option: true }],
  time: [undefined, { option: true }],
  judge: [true, { option: true }],
  understudyOptions: [[], { option: true, scope: "worker" }],
  understudyServer: [
    async ({ understudyOptions }, use) => {
      const server = await shared({ options: understudyOptions });
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],
  understudy: async ({ understudyServer, scenario, time, judge }, use, testInfo) => {
    const wanted = { scenario, time, judge };
    const session = await begin(testInfo.titlePath.join(" "), wanted, Promise.resolve(understudyServer));
    await use(session);
    await end(session, wanted);
  },
});
