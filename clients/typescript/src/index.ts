/**
 * An offline stand-in for a vendor's cloud API, for tests.
 *
 *     await using api = await Understudy.start({ scenario: "space-is-full.yaml" });
 *     await myClient(api.url).share({ days: 7 });
 *
 * `understudy/vitest`, `understudy/node-test` and `understudy/playwright` do this for each test.
 */

export { NotFound, NotStarted, Refused, UnderstudyError, VerdictFailed, WrongScenario } from "./errors.js";
export type { Exchange, Finding, Message } from "./exchange.js";
export type { Scenario } from "./scenario.js";
export { type Options, Understudy } from "./server.js";
export { Session } from "./session.js";
export type { Verdict } from "./verdict.js";
