import test from "node:test";

import { session } from "understudy/node-test";

import { FULL, share } from "../client.js";

test("sound", async (t) => {
  await share((await session(t)).url);
});
test("broken", async (t) => {
  await share((await session(t)).url, 366);
});
test("unmet", async (t) => {
  await share((await session(t, { scenario: `${FULL}\n  expect: [{ operation: CreateShare, calls: 3 }]` })).url);
});
test("unjudged", async (t) => {
  await share((await session(t, { judge: false })).url, 366);
});
