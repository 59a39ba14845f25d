/** The fixtures in the runners that they are for. */

import assert from "node:assert/strict";
import test from "node:test";
import { fileURLToPath } from "node:url";

import { ran } from "./ran.js";

const RUNNERS = {
  vitest: { words: ["vitest.mjs", "run", "--globals=false"], unmet: /× unmet|FAIL .*unmet/, counts: /2 failed \| 2 passed/ },
  "@playwright/test": { words: ["cli.js", "test", "--reporter=list", "--workers=2"], unmet: /unmet/, counts: /2 failed[^]*2 passed/ },
};

for (const [runner, { words, unmet, counts }] of Object.entries(RUNNERS)) {
  test(`in ${runner} the test that broke the contract fails, and no other`, { skip: process.env["WITHOUT_RUNNERS"] }, async () => {
    const [script = "", ...options] = words;
    const home = new URL("./", import.meta.resolve(`${runner}/package.json`));
    const { status, output } = await ran([fileURLToPath(new URL(script, home)), ...options]);
    assert.equal(status, 1, output);
    assert.match(output, counts);
    assert.match(output, unmet);
    assert.match(output, /verdict: failed \(contract broken\)/);
    assert.match(output, /\/body\/validDays: expected at most 365, found 366/);
    assert.match(output, /POST \/~.*broken.*\/koodrive\/ose\/v1\/share {2}400 {2}CreateShare {2}refusal/);
    assert.match(output, /full, expectation 1: CreateShare: expected 3 calls, found 1 call/);
  });
}
