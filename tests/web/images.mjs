// Pictures: those of the documentation, and every view for whoever changes one.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { app, shared } from "./app.mjs";
import { opened, root } from "./browser.mjs";
import { called, standIn } from "./page.mjs";
import { signedIn } from "./world.mjs";

/** The pictures of the documentation, made anew. */
export async function makeImages({ browser, understudy, folder, file }) {
  const { page } = await opened(browser, { width: 1200, height: 720 });
  await page.goto(`${pathToFileURL(file).href}#exchange-7`);
  await page.locator(".exchanges .row").first().waitFor();
  await page.screenshot({ path: join(root, "docs/images/report.png") });

  const server = await standIn(understudy, folder);
  const live = await opened(browser, { width: 1200, height: 720, dark: true });
  await live.page.goto(`${server.url}/__admin/`);
  await live.page.getByText("live", { exact: true }).waitFor();
  await called(server.url);
  await live.page.locator(".exchanges .row").nth(12).waitFor();
  await live.page.screenshot({ path: join(root, "docs/images/page.png") });
  await server.stop();
}

/** The app of examples/web when all went well, and what it did on the page. */
async function appViews({ browser, understudy, folder }, into) {
  const server = await standIn(understudy, folder, ["--world"], []);
  const site = await app();
  const { page } = await opened(browser, { width: 800, height: 800 });
  await page.goto(`${site.origin}/?api=${server.url}`);
  await shared(page);
  await page.screenshot({ path: join(into, "app.png") });
  await page.setViewportSize({ width: 400, height: 800 });
  await page.getByLabel("For how many days").fill("366");
  await page.getByRole("button", { name: "Share what was uploaded" }).click();
  await page.getByText("at most 365").waitFor();
  await page.screenshot({ path: join(into, "app-400-trouble.png") });
  site.close();
  await server.stop();
}

/** What is there when a view is complete. */
const READY = {
  exchanges: ".exchanges .row",
  exchange: ".exchange .side",
  timeline: ".timeline .lane .bar",
  sessions: ".tree .line >> text=todo.txt",
  scenarios: ".scenarios .pairs div",
  verdict: ".verdict .finding",
};

/** Every view of the page, narrow and wide, light and dark, into a folder. */
export async function makeViews(tools, into) {
  const { browser, understudy, folder } = tools;
  mkdirSync(into, { recursive: true });
  const server = await standIn(understudy, folder, ["--world"]);
  await called(server.url);
  await signedIn(server.url, "lin");
  for (const [width, height] of [[400, 800], [1600, 900]]) {
    for (const dark of [false, true]) {
      for (const view of ["exchanges", "exchange-7", "exchange-13", "timeline", "sessions", "scenarios", "verdict"]) {
        const { page, close } = await opened(browser, { width, height, dark });
        await page.goto(`${server.url}/__admin/#${view}`);
        await page.getByText("live", { exact: true }).first().waitFor({ state: "attached" });
        if (view === "sessions") {
          for (const title of ["Files", "Shares"]) await page.locator("article").first().locator("summary", { hasText: title }).click();
          await page.locator(".tree .line", { hasText: "Lin" }).first().click();
          await page.locator(".tree .line", { hasText: "notes/" }).first().click();
        }
        await page.locator(READY[view.split("-")[0]]).first().waitFor();
        await page.screenshot({ path: join(into, `${view}-${width}-${dark ? "dark" : "light"}.png`) });
        await close();
      }
    }
  }
  await server.stop();
  await appViews(tools, into);
}
