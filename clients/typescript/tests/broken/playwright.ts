import { expect, test } from "understudy/playwright";

import { FULL, share } from "../client.js";

test("sound", async ({ understudy, understudyServer }) => {
  await share(understudy.url);
  expect((await share(understudyServer.url, 7, understudy.headers)).status).toBe(200);
});
test("broken", async ({ understudy }) => {
  await share(understudy.url, 366);
});
test.describe("full", () => {
  test.use({ scenario: `${FULL}\n  expect: [{ operation: CreateShare, calls: 3 }]`, time: "2026-01-01T00:00:00Z" });
  test("unmet", async ({ understudy }) => {
    expect((await share(understudy.url)).code).toBe(13000311);
    expect((await understudy.exchanges())[0]?.time).toMatch(/^2026-01-01T00:00:0/);
  });
});
test.describe("free", () => {
  test.use({ judge: false });
  test("unjudged", async ({ understudy }) => {
    await share(understudy.url, 366);
  });
});
