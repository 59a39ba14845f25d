import assert from "node:assert/strict";
import test from "node:test";

import { UnderstudyError } from "understudy";
import { session, shared } from "understudy/node-test";

import { FULL, share, WRONG } from "./client.js";
import { ran } from "./ran.js";

test("sessions begin anew", async (t) => {
  for (const name of ["one", "two"]) {
    await t.test(name, async (t) => {
      const understudy = await session(t, { scenario: FULL, time: "2026-01-01T00:00:00Z" });
      assert.equal((await share(understudy.url)).code, 13000311);
      assert.match((await understudy.exchanges())[0]?.time ?? "", /^2026-01-01T00:00:0/);
    });
  }
});

test("tests of one name that run at once have different sessions", { concurrency: 3 }, async (t) => {
  const names = new Set<string>();
  const same = () =>
    t.test("same", async (t) => {
      const understudy = await session(t, { scenario: FULL });
      names.add(understudy.name);
      while (names.size < 3) await new Promise(setImmediate);
      assert.equal((await share(understudy.url)).code, 13000311);
      assert.equal((await share((await shared()).url, 7, understudy.headers)).status, 200);
    });
  await Promise.all([same(), same(), same()]);
  assert.deepEqual([...names].sort(), ["same", "same-2", "same-3"]);
});

test("the test that broke the contract fails, and no other", async () => {
  const { status, output } = await ran(["--test", "--test-reporter=spec", "broken/node.js"]);
  assert.equal(status, 1);
  assert.match(output, /pass 2\n[^]*fail 2\n/);
  assert.match(output, /✖ broken[^]*VerdictFailed: verdict: failed \(contract broken\)/);
  assert.match(output, /\/body\/validDays: expected at most 365, found 366/);
  assert.match(output, /POST \/~broken\/koodrive\/ose\/v1\/share {2}400 {2}CreateShare {2}refusal/);
  assert.match(output, /✖ unmet[^]*full, expectation 1: CreateShare: expected 3 calls, found 1 call/);
});

test("a wrong scenario fails the test that asks for it", async (t) => {
  await assert.rejects(session(t, { scenario: WRONG }), UnderstudyError);
});
