import { expect } from "vitest";

import { playing, test } from "understudy/vitest";

import { FULL, share } from "../client.js";

test("sound", async ({ understudy }) => {
  await share(understudy.url);
});
test("broken", async ({ understudy }) => {
  await share(understudy.url, 366);
});
const scenario = `${FULL}\n  expect: [{ operation: CreateShare, calls: 3 }]`;
const full = playing({ scenario, time: "2026-01-01T00:00:00Z" });
full("unmet", async ({ understudy }) => {
  expect((await share(understudy.url)).code).toBe(13000311);
  expect((await understudy.exchanges())[0]?.time).toMatch(/^2026-01-01T00:00:0/);
});
playing({ judge: false })("unjudged", async ({ understudy }) => {
  await share(understudy.url, 366);
});
