// What clients created, looked through on the live page.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { opened } from "./browser.mjs";
import { standIn } from "./page.mjs";

/** Signs somebody in; the token. */
export async function signedIn(url, code) {
  const answer = await fetch(`${url}/koodrive/ose/v1/session/`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ code }) });
  return (await answer.json()).data.accessToken;
}

const put = (url, path, body) => fetch(`${url}/__admin/sessions/default/world/files?path=${encodeURIComponent(path)}`, { method: "POST", body });

const withWorld = (test, seed) => async (tools) => {
  let world = "--world";
  if (seed) {
    const file = join(tools.folder, "seed.yaml");
    writeFileSync(file, seed);
    world = `--world=${file}`;
  }
  const server = await standIn(tools.understudy, tools.folder, [world]);
  try {
    await test({ ...tools, ...server });
  } finally {
    await server.stop();
  }
};

const files = Array.from({ length: 3000 }, (_, number) => `f${String(number).padStart(4, "0")}.txt: x`);
const big = `world: big\npeople: { lin: {} }\nfiles: { lin: { all: { ${files.join(", ")} } } }\n`;

export const tests = {
  "files are walked through by keys, and what is put meanwhile appears": withWorld(async ({ browser, url }) => {
    const { page, errors } = await opened(browser);
    await page.goto(`${url}/__admin/#sessions`);
    await page.locator("summary", { hasText: "Files" }).click();
    const tree = page.getByRole("tree", { name: "Files of session default" });
    const item = (name) => tree.getByRole("treeitem", { name, exact: false });
    await tree.getByText("Lin", { exact: true }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Home");
    for (;;) {
      if ((await page.evaluate(() => document.activeElement.textContent)).startsWith("Lin")) break;
      await page.keyboard.press("ArrowDown");
    }
    await page.keyboard.press("ArrowRight");
    await tree.getByText("notes/", { exact: true }).waitFor();
    const lin = item("Lin").first();
    assert.equal(await lin.getAttribute("aria-expanded"), "true");
    await page.keyboard.press("ArrowRight");
    const here = () => page.evaluate(() => [document.activeElement.getAttribute("aria-level"), document.activeElement.getAttribute("aria-posinset")]);
    assert.deepEqual(await here(), ["2", "1"]);
    await page.keyboard.press("ArrowLeft");
    assert.deepEqual((await here())[0], "1");
    // The focus stays where it is while the world changes.
    await put(url, "lin/made-meanwhile.txt", "hello");
    await signedIn(url, "lin");
    await tree.getByText("made-meanwhile.txt").waitFor();
    assert.deepEqual((await here())[0], "1");
    await page.keyboard.press("ArrowLeft");
    await tree.getByText("made-meanwhile.txt").waitFor({ state: "detached" });
    assert.deepEqual(errors, []);
  }),

  "shares tell whom they are for, and tokens only whose they are": withWorld(async ({ browser, url }) => {
    const token = await signedIn(url, "lin");
    const { page } = await opened(browser);
    await page.goto(`${url}/__admin/#sessions`);
    const card = page.getByRole("article", { name: "Session default" });
    await card.locator(".tokens li", { hasText: "Lin" }).getByText("alive").waitFor();
    await card.locator("summary", { hasText: "Shares" }).click();
    const share = card.getByRole("tree", { name: "Shares of session default" }).getByRole("treeitem").first();
    await share.click();
    await share.getByText("Until").waitFor();
    assert.ok(!(await page.content()).includes(token.replace("Bearer ", "")));
  }),

  "a folder of thousands is shown in parts": withWorld(async ({ browser, url }) => {
    const { page } = await opened(browser, { width: 400, height: 800 });
    await page.goto(`${url}/__admin/#sessions`);
    await page.locator("summary", { hasText: "Files" }).click();
    await page.locator(".tree .line", { hasText: "lin" }).first().click();
    await page.locator(".tree .line", { hasText: "all/" }).click();
    await page.getByText("Show 100 of 2,900 more").click();
    await page.getByText("f0199.txt").waitFor();
    assert.equal(await page.locator(".tree .tree, .tree ul ul > li").count(), 201);
    assert.equal(await page.evaluate(() => document.activeElement.querySelector(".line").firstChild.textContent), "f0100.txt");
    const [wide, all] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(wide <= all, `${wide}`);
  }, big),
};
