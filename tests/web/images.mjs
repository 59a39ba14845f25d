// The pictures of the documentation.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { opened, root } from "./browser.mjs";

export async function makeImages({ browser, file }) {
  const { page } = await opened(browser, { width: 1200, height: 720 });
  await page.goto(`${pathToFileURL(file).href}#exchange-7`);
  await page.locator(".exchanges .row").first().waitFor();
  await page.screenshot({ path: join(root, "docs/images/report.png") });
}
