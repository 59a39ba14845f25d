// The web app of examples/web in a browser: it comes from one origin and calls another.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { opened, root } from "./browser.mjs";
import { standIn } from "./page.mjs";

const TYPES = { html: "text/html; charset=utf-8", js: "text/javascript" };

/** Serves the files of the app. */
export function app() {
  const server = createServer((request, response) => {
    const name = request.url === "/" || request.url.startsWith("/?") ? "index.html" : request.url.slice(1);
    const type = TYPES[name.split(".").at(-1)];
    if (!/^[a-z.]+$/.test(name) || !type) return response.writeHead(404).end();
    return response.writeHead(200, { "Content-Type": type }).end(readFileSync(join(root, "examples/web", name)));
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    // Another name is another origin, and another site too.
    const close = () => (server.close(), server.closeAllConnections());
    resolve({ origin: `http://localhost:${port}`, close });
  }));
}

/** 12 MB: three parts. */
const FILE = { name: "film.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(12_000_000, 7) };

/** A test with the app and a stand-in of its own. */
const served = (test, options = []) => async (tools) => {
  const server = await standIn(tools.understudy, tools.folder, ["--world", ...options], []);
  const site = await app();
  try {
    const { page, errors } = await opened(tools.browser, { width: 800, height: 900 });
    await page.goto(`${site.origin}/?api=${server.url}`);
    await test({ ...tools, ...server, page, errors });
  } finally {
    site.close();
    await server.stop();
  }
};

/** Signs in, uploads and shares; where the share is opened. */
export async function shared(page) {
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("signed in as Lin").waitFor();
  await page.getByLabel("A file").setInputFiles(FILE);
  await page.getByRole("button", { name: "Upload in parts" }).click();
  await page.getByRole("list", { name: "Files" }).getByText("film.bin").waitFor();
  await page.getByRole("button", { name: "Share what was uploaded" }).click();
  const link = page.locator("output[name=link]");
  await page.waitForFunction(() => document.querySelector("output[name=link]").value !== "");
  return link.textContent();
}

const told = (page) => page.waitForFunction(() => document.getElementById("trouble").textContent).then((text) => text.jsonValue());

export const tests = {
  "a web app of another origin signs in, uploads in parts and shares": served(async ({ page, errors, url }) => {
    await page.getByLabel("Address of the API").fill(`${url}/~mine`);
    const link = await shared(page);
    assert.match(link, /^https:\/\/drive\.example\.com\//);
    assert.deepEqual(errors, []);
    const found = await (await fetch(`${url}/__admin/sessions/mine/world/files?path=lin/film.bin`)).json();
    assert.equal(found.size, FILE.buffer.length);
    const { exchanges } = await (await fetch(`${url}/__admin/exchanges?operation=PutObjectPart`)).json();
    assert.equal(exchanges.length, 3);
    const verdict = await (await fetch(`${url}/__admin/verdict`)).json();
    assert.equal(verdict.verdict, "passed", JSON.stringify(verdict));
  }),

  "a web app shows what was wrong with its call": served(async ({ page }) => {
    await shared(page);
    await page.getByLabel("For how many days").fill("366");
    await page.getByRole("button", { name: "Share what was uploaded" }).click();
    assert.match(await told(page), /^400 13000102 .*\n\/body\/validDays: expected at most 365, found 366$/);
  }),

  "a web app of an origin that is not allowed reaches nobody": served(async ({ page }) => {
    await page.getByRole("button", { name: "Sign in" }).click();
    assert.match(await told(page), /does anybody listen there\?$/);
  }, ["--cors", "https://app.example.com"]),
};
