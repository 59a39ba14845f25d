/** Run by `node --test`: eight tests at once on one stand-in, each in a session of its own. */
import { describe, test } from "node:test";

import { session, shared } from "understudy/node-test";

import { Drive } from "./drive.js";

describe("eight at once", { concurrency: 8 }, () => {
  for (const [number, days] of [1, 7, 14, 30, 90, 180, 270, 365].entries()) {
    // One of them breaks the contract on purpose: no link may live longer than 365 days.
    const tooMuch = process.env.BREAKS_THE_CONTRACT === `${number}` ? 365 : 0;
    test(`worker ${number} shares a file`, async (t) => {
      const understudy = await session(t);
      const { UNDERSTUDY_KOODRIVE_TOKEN } = await (await shared()).credentials();
      await new Drive(understudy.url, UNDERSTUDY_KOODRIVE_TOKEN).share("1", days + tooMuch);
    });
  }
});
