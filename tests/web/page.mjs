// The live page in a browser.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { opened, root } from "./browser.mjs";

let count = 0;

/** What most tests look at. */
const BUSY = ["--auth", "off", "--scenario", "tests/web/scenario.yaml"];

/** A stand-in on a free port; stopped when the test is over. */
export async function standIn(understudy, folder, options = [], plays = BUSY) {
  const address = join(folder, `address-${(count += 1)}`);
  const words = ["--listen", "127.0.0.1:0", "--address-file", address, "--quiet", ...plays];
  const child = spawn(understudy, [...words, ...options], { cwd: root, stdio: "ignore" });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  for (;;) {
    const text = (() => {
      try {
        return readFileSync(address, "utf8").trim();
      } catch {
        return "";
      }
    })();
    if (text) return { url: `http://${text}`, stop: () => (child.kill(), ended) };
    assert.equal(child.exitCode, null, "the stand-in should run");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Runs the suite against a stand-in. */
export function called(url, calls = 0) {
  const env = { ...process.env, UNDERSTUDY_URL: url, SUITE_CALLS: String(calls) };
  return new Promise((resolve) => spawn("node", ["tests/web/suite.mjs"], { cwd: root, env, stdio: "ignore" }).on("exit", resolve));
}

/** A test with a stand-in of its own. */
const served = (test, options) => async (tools) => {
  const server = await standIn(tools.understudy, tools.folder, options);
  try {
    await test({ ...tools, ...server });
  } finally {
    await server.stop();
  }
};

const rows = (page, number) => page.waitForFunction((wanted) => document.querySelectorAll(".exchanges .row").length === wanted, number);

export const tests = {
  "a browser that asks for nothing finds the page, and calls appear while they happen": served(async ({ browser, url }) => {
    const { page, errors } = await opened(browser);
    await page.goto(url);
    assert.equal(new URL(page.url()).pathname, "/__admin/");
    await page.getByText("live", { exact: true }).waitFor();
    await called(url);
    await rows(page, 13);
    assert.deepEqual(errors, []);
  }),

  "an exchange is shown with why no rule answered it": served(async ({ browser, url }) => {
    await called(url);
    const { page } = await opened(browser);
    await page.goto(`${url}/__admin/#exchange-13`);
    await page.getByRole("heading", { name: "Why no rule answered" }).waitFor();
    await page.getByText("busy-afternoon#2", { exact: false }).first().waitFor();
    await page.goto(`${url}/__admin/#exchange-7`);
    await page.locator(".line.wrong").first().waitFor();
    // Also where the address was there before the list.
    const other = await opened(browser);
    await other.page.goto(`${url}/__admin/#exchange-7`);
    await other.page.locator('.row[aria-selected="true"] .number', { hasText: "7" }).waitFor();
  }),

  "what is copied as curl makes the same call, and as a rule can be played": served(async ({ browser, url, understudy, folder }) => {
    await called(url);
    const { page } = await opened(browser, { permissions: ["clipboard-read", "clipboard-write"] });
    await page.goto(`${url}/__admin/#exchange-7`);
    const copy = async (label) => {
      await page.getByRole("button", { name: label }).click();
      await page.getByRole("button", { name: "Copied" }).waitFor();
      return page.evaluate(() => navigator.clipboard.readText());
    };
    const line = await copy("Copy as curl");
    assert.match(line, /^curl -X 'POST' 'http:.*\/~worker-1\/koodrive/);
    assert.ok(!line.includes("a-secret-token"));
    const answer = spawnSync("sh", ["-c", `${line} -s`], { encoding: "utf8" });
    assert.match(answer.stdout, /13000102/);
    await page.goto(`${url}/__admin/#exchange-5`);
    await page.getByRole("heading", { name: "#5 CreateShare" }).waitFor();
    const rule = await copy("Copy as a rule");
    const put = await fetch(`${url}/__admin/scenarios/pasted`, { method: "PUT", body: `scenario: pasted\nrules:\n${rule}` });
    assert.equal(put.status, 201, `${rule}\n${await put.text()}`);
  }),

  "a pause holds the list still, and what came meanwhile is not lost": served(async ({ browser, url }) => {
    const { page } = await opened(browser);
    await page.goto(url);
    await page.getByText("live", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await called(url);
    await page.getByRole("button", { name: /Go on \(\d+\)/ }).waitFor();
    assert.equal(await page.locator(".exchanges .row").count(), 0);
    await page.getByRole("button", { name: /Go on/ }).click();
    await rows(page, 13);
    await page.getByRole("button", { name: "Clear" }).click();
    await rows(page, 0);
  }),

  "sessions are shown with their place in each script, and their clocks are moved": served(async ({ browser, url }) => {
    await called(url);
    const { page } = await opened(browser);
    await page.goto(`${url}/__admin/#sessions`);
    const card = page.getByRole("article", { name: "Session worker-1" });
    await card.getByText("3 calls").waitFor();
    await card.getByRole("button", { name: "Freeze" }).click();
    await card.getByText("frozen").waitFor();
    const time = async () => Date.parse((await (await fetch(`${url}/__admin/clock?session=worker-1`)).json()).now);
    const before = await time();
    await card.getByLabel("How far the clock of worker-1 moves").fill("2h");
    await card.getByRole("button", { name: "Advance" }).click();
    await page.waitForFunction(async (until) => Date.parse((await (await fetch("/__admin/clock?session=worker-1")).json()).now) === until, before + 7_200_000);
    await card.getByLabel("How far the clock of worker-1 moves").fill("soon");
    await card.getByRole("button", { name: "Advance" }).click();
    await page.getByRole("alert").getByText("in place of").waitFor();
    await card.getByRole("button", { name: "Reset" }).click();
    await card.waitFor({ state: "detached" });
  }),

  "a scenario is edited with the diagnostics of check, and played when it is saved": served(async ({ browser, url }) => {
    await called(url);
    const { page, errors } = await opened(browser);
    await page.goto(`${url}/__admin/#scenarios`);
    const text = page.getByLabel("The scenario", { exact: true });
    await page.waitForFunction(() => document.querySelector("textarea").value.startsWith("scenario: busy-afternoon"));
    await page.locator(".pairs div", { hasText: "busy-afternoon#1/2" }).getByText("1", { exact: true }).waitFor();
    await text.fill("scenario: edited\nrules:\n  - operation: CreateShares\n    answers: [503]\n");
    await page.getByText("did you mean `CreateShare`", { exact: false }).waitFor();
    await page.getByRole("button", { name: "line 3" }).click();
    assert.equal(await text.evaluate((area) => area.value.slice(area.selectionStart, area.selectionEnd)), "CreateShares");
    errors.length = 0;
    await text.fill("scenario: edited\nrules:\n  - operation: CreateShare\n    answers: [503]\n");
    await page.getByText("No mistakes").waitFor();
    const played = async () => (await (await fetch(`${url}/__admin/scenarios`)).json()).scenarios.map(({ scenario }) => scenario);
    assert.deepEqual(await played(), ["busy-afternoon"]);
    await page.getByRole("button", { name: "Save and play" }).click();
    await page.getByText("Saved", { exact: false }).waitFor();
    assert.deepEqual(await played(), ["busy-afternoon", "edited"]);
    assert.deepEqual(errors, []);
  }),

  "the verdict and the timeline follow what happens": served(async ({ browser, url }) => {
    const { page } = await opened(browser);
    await page.goto(`${url}/__admin/#verdict`);
    await page.getByText("no calls", { exact: false }).first().waitFor();
    await called(url);
    await page.locator(".finding", { hasText: "/body/validDays" }).first().waitFor();
    await page.getByRole("tab", { name: "Timeline" }).click();
    await page.locator(".timeline .said", { hasText: "attempt 2 · waited" }).first().waitFor();
  }),

  "a token is asked for once, and events come with it": served(async ({ browser, url }) => {
    await called(url);
    const { page } = await opened(browser);
    // As from another machine: this one is let in without a token.
    await page.route("**/__admin/*", (route) => {
      const request = route.request();
      const bearer = request.headers().authorization;
      if (request.resourceType() === "document" || bearer === "Bearer t0ken") return route.continue();
      return route.fulfill({ status: 401, json: { detail: "the bearer token" } });
    });
    await page.goto(`${url}/__admin/`);
    await page.getByLabel("Admin token").fill("wrong");
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByText("That is not the token.").waitFor();
    await page.getByLabel("Admin token").fill("t0ken");
    await page.getByRole("button", { name: "Go on" }).click();
    await rows(page, 13);
    await page.reload();
    await rows(page, 13);
  }, ["--admin-token", "t0ken"]),

  "a stand-in that goes and comes is noticed": async ({ browser, understudy, folder }) => {
    const server = await standIn(understudy, folder);
    const { page } = await opened(browser);
    await page.goto(server.url);
    await page.getByText("live", { exact: true }).waitFor();
    await server.stop();
    await page.getByText("not connected").waitFor();
  },

  "the page fits a phone": served(async ({ browser, url }) => {
    await called(url);
    const { page } = await opened(browser, { width: 400, height: 800 });
    for (const view of ["exchanges", "timeline", "sessions", "verdict", "exchange-7"]) {
      await page.goto(`${url}/__admin/#${view}`);
      await page.getByText("live", { exact: true }).first().waitFor({ state: "attached" });
      const [wide, all] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(wide <= all, `${view}: ${wide}`);
    }
  }),
};
