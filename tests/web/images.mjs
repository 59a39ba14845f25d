// The pictures of the documentation.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { opened, root } from "./browser.mjs";
import { called, standIn } from "./page.mjs";

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
