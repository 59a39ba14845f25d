// The HTML report in a browser.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { opened, root } from "./browser.mjs";

/** Runs the suite; the file of its report. */
export function reported(understudy, folder, { calls = 0, options = [] } = {}) {
  const file = join(folder, `report-${calls}-${options.length}.html`);
  const words = ["run", "--quiet", "--auth", "off", "--scenario", "tests/web/scenario.yaml", "--report", `html=${file}`, ...options];
  const env = { ...process.env, SUITE_CALLS: String(calls) };
  const ended = spawnSync(understudy, [...words, "--", "node", "tests/web/suite.mjs"], { cwd: root, env });
  assert.equal(ended.status, 1, `the verdict should be failed: ${ended.stderr}`);
  return file;
}

export const tests = {
  async "a report needs nothing but its file and hides secrets"({ browser, file }) {
    const { page, errors, requests } = await opened(browser);
    await page.goto(pathToFileURL(file).href);
    await page.getByRole("heading", { name: "Failed" }).waitFor();
    assert.deepEqual([errors, requests.filter((url) => !url.startsWith("file:"))], [[], []]);
    assert.ok(statSync(file).size < 1_000_000);
    const text = readFileSync(file, "utf8");
    for (const secret of ["a-secret-token", "s3cret"]) assert.ok(!text.includes(secret), secret);
  },

  async "a finding and an exchange have an address that can be pasted"({ browser, file }) {
    const { page } = await opened(browser);
    await page.goto(`${pathToFileURL(file).href}#finding-2`);
    assert.equal(await page.locator(".finding.chosen").getAttribute("id"), "finding-2");
    const other = await opened(browser);
    await other.page.goto(`${pathToFileURL(file).href}#exchange-7`);
    await other.page.getByRole("heading", { name: "#7 CreateShare 400" }).waitFor();
    assert.equal(await other.page.locator('.row[aria-selected="true"] .number').textContent(), "7");
  },

  async "a violation stands at the line of the body that it is about"({ browser, file }) {
    const { page } = await opened(browser);
    await page.goto(`${pathToFileURL(file).href}#exchange-7`);
    const wrong = await page.locator(".line.wrong").allTextContents();
    assert.deepEqual(wrong.map((line) => line.trim()), ['"validDays": 366,', '"preview": "yes"']);
    const notes = await page.locator(".line.wrong + .note").allTextContents();
    assert.match(notes[0], /maximum.*at most 365.*366.*createShare\.html \(edition 2025-12-12\)/);
  },

  async "coverage is a table by group with what was never called"({ browser, file }) {
    const { page } = await opened(browser);
    await page.goto(pathToFileURL(file).href);
    const coverage = page.getByRole("region", { name: "Coverage", exact: true });
    assert.match(await coverage.locator(".figures").textContent(), /^operations \d+ of 133, errors \d+ of \d+, edges \d+ of \d+, faults \d+ of 21$/);
    const row = coverage.getByRole("row").filter({ hasText: "koodrive: sharing-by-you" });
    await row.locator("summary").click();
    await row.getByText("UpdateShare").waitFor();
  },

  async "a sweep is a row for each operation, a mark for each thing that came"({ browser, understudy, folder }) {
    const file = join(folder, "sweep.html");
    const suite = 'fetch(process.env.UNDERSTUDY_URL + "/koodrive/ose/v1/share/userInfo?shortUrl=a").then(async (answer) => { await answer.text(); process.exit(answer.ok ? 0 : process.env.UNDERSTUDY_INJECTED.includes("0308") ? 134 : 1); })';
    const options = ["--quiet", "--auth", "off", "--profile", "lenient", "--sweep", "errors,drip,goaway", "--report", `html=${file}`];
    const ended = spawnSync(understudy, ["run", ...options, "--", "node", "-e", suite], { cwd: root });
    assert.equal(ended.status, 1, String(ended.stderr));
    const { page, errors } = await opened(browser);
    await page.goto(pathToFileURL(file).href);
    await page.getByRole("heading", { name: "Failed" }).waitFor();
    const row = page.getByRole("region", { name: "What the suite did" }).getByRole("row").filter({ hasText: "GetShareInfo" });
    assert.equal(await row.locator(".chip.failed").count(), 3);
    assert.match(await row.locator(".chip.crashed").getAttribute("title"), /^crashed, exit status 134, .*, 1 call got it$/);
    assert.match(await row.locator(".chip.passed").textContent(), /^drip/);
    await row.locator("summary").click();
    await row.getByText("goaway: over HTTP/1.1 it is played as another fault").waitFor();
    assert.match(await page.locator(".finding").first().textContent(), /GetShareInfo.*APIGW\.0308/);
    assert.deepEqual(errors, []);
  },

  async "what a client sends stays text"({ browser, file }) {
    const { page, errors } = await opened(browser);
    await page.goto(`${pathToFileURL(file).href}#exchange-8`);
    await page.getByText("</script><img src=x onerror=alert(1)>").waitFor();
    assert.equal(await page.locator("img").count(), 0);
    assert.deepEqual(errors, []);
  },

  async "exchanges are filtered and searched by words and by kind"({ browser, file }) {
    const { page } = await opened(browser);
    await page.goto(`${pathToFileURL(file).href}#exchanges`);
    const numbers = () => page.locator(".exchanges .row .number").allTextContents();
    await page.waitForFunction(() => document.querySelectorAll(".exchanges .row").length === 13);
    await page.keyboard.press("/");
    await page.keyboard.type("getshareinfo worker-2");
    await page.waitForFunction(() => document.querySelectorAll(".exchanges .row").length === 1);
    assert.deepEqual(await numbers(), ["9"]);
    await page.getByLabel("Search exchanges").fill("");
    await page.getByLabel("Kind of exchange").selectOption("fault");
    await page.waitForFunction(() => document.querySelectorAll(".exchanges .row").length === 1);
    assert.deepEqual(await numbers(), ["4"]);
  },

  async "keys walk through the exchanges and close the pane"({ browser, file }) {
    const { page } = await opened(browser);
    await page.goto(`${pathToFileURL(file).href}#exchanges`);
    await page.locator(".exchanges .row").first().waitFor();
    for (const key of ["j", "j", "k", "j"]) {
      await page.keyboard.press(key);
      await page.locator(".pane article").waitFor();
    }
    await page.getByRole("heading", { name: "#2 CreateShare 503" }).waitFor();
    await page.keyboard.press("Escape");
    assert.ok(await page.locator(".pane").isHidden());
  },

  async "the timeline shows attempts and waits, faults and resends"({ browser, file }) {
    const { page } = await opened(browser);
    await page.goto(`${pathToFileURL(file).href}#timeline`);
    const said = await page.locator(".timeline .row .said").allTextContents();
    assert.match(said[1], /^attempt 2 · waited [\d.]+ (µs|ms|s) · asked 1\.0 s$/);
    assert.equal(said[3], "fault reset");
    assert.equal(said[4], "resends #4");
    assert.equal(await page.locator(".timeline .wait").count(), 2);
  },

  async "a journal that overflowed is said on top"({ browser, understudy, folder }) {
    const file = reported(understudy, folder, { calls: 1500, options: ["--journal", "1"] });
    const { page } = await opened(browser);
    await page.goto(pathToFileURL(file).href);
    const first = await page.locator(".verdict > *").first().textContent();
    assert.match(first, /exchanges from 1 to \d+ had left the journal/);
    await page.goto(`${pathToFileURL(file).href}#exchange-1`);
    await page.getByText("Exchange 1 is not here").waitFor();
  },

  async "nothing is wider than a phone"({ browser, file }) {
    const { page } = await opened(browser, { width: 400, height: 800 });
    for (const view of ["verdict", "exchanges", "timeline", "exchange-7"]) {
      await page.goto(`${pathToFileURL(file).href}#${view}`);
      const [wide, all] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(wide <= all, `${view}: ${wide}`);
    }
  },

  async "a long list keeps but the rows in sight in the document"({ browser, understudy, folder }) {
    const file = reported(understudy, folder, { calls: 2000 });
    const { page } = await opened(browser);
    await page.goto(`${pathToFileURL(file).href}#exchanges`);
    await page.waitForFunction(() => document.querySelector(".exchanges [role=status]").textContent === "2,013 exchanges");
    assert.ok((await page.locator(".exchanges .row").count()) < 60);
    await page.getByRole("listbox", { name: "Exchanges" }).press("End");
    await page.locator(".exchanges .row .number", { hasText: "2013" }).waitFor();
    assert.ok((await page.locator(".exchanges .row").count()) < 60);
  },
};
