// Uploads 20 MB in parts to a stand-in with a world, reads them back, and checks every byte.
//
//     node upload.js http://127.0.0.1:8080
//
// Only what Node has. Exit status 0 if all went well.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";

interface Part {
  partNumber: number;
  partSize: number;
  uploadUrl?: string;
}

interface Created {
  fileId: string;
  fileName: string;
  exist: boolean;
  rapidUpload: boolean;
  multiParts?: Part[];
}

interface Downloads {
  batchCode: number;
  downloads: { fileId: string; url?: string; code: string }[];
}

const base = process.argv[2]?.replace(/\/$/, "") ?? "http://127.0.0.1:8080";
const api = `${base}/koodrive/ose/v1`;
const lin = "1505084218764547200";
const partSize = 8 * 1024 * 1024;
const data = Buffer.alloc(20_000_000, Uint8Array.from({ length: 997 }, (_, index) => (index * 7) % 256));

const digest = (bytes: Uint8Array, algorithm: string): string => createHash(algorithm).update(bytes).digest("hex");

/** One call of the API. `failure` is the code that it should be refused with. */
async function call<T>(method: string, path: string, body?: unknown, failure?: number): Promise<T> {
  const now = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const answer = await fetch(api + path, {
    method,
    headers: {
      Authorization: "Bearer 0123456789abcdef",
      "X-User-Id": lin,
      "X-Date": now,
      "Content-Type": "application/json",
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await answer.text();
  if (failure === undefined ? !answer.ok : !text.includes(String(failure))) {
    throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  }
  return JSON.parse(text) as T;
}

/** Sends a part by its link. */
async function put(part: Part): Promise<void> {
  assert(part.uploadUrl);
  const start = (part.partNumber - 1) * partSize;
  const bytes = data.subarray(start, start + part.partSize);
  const answer = await fetch(part.uploadUrl, { method: "PUT", body: bytes });
  assert.equal(answer.status, 200, await answer.text());
  assert.equal(answer.headers.get("etag"), `"${digest(bytes, "md5")}"`);
}

const { data: space } = await call<{ data: { containerId: string } }>("GET", `/space/${lin}?type=1`);
const { containerId } = space;
const multiParts: Part[] = [];
for (let start = 0; start < data.length; start += partSize) {
  multiParts.push({ partNumber: multiParts.length + 1, partSize: Math.min(partSize, data.length - start) });
}
const wanted = {
  fileName: "film-of-node.bin",
  fileType: "45",
  parentFolder: ["root"],
  length: data.length,
  uploadMode: "multipart",
  uploadType: 1,
  autoRename: 2,
  containerId,
  multiParts,
};
const file = await call<Created>("POST", "/files/create", wanted);
assert.equal(file.multiParts?.length, 3);
const complete = (sha256: string, failure?: number): Promise<unknown> =>
  call("POST", "/files/complete", { fileId: file.fileId, sha256 }, failure);
const sha256 = digest(data, "sha256");

// Parts in parallel; the last one is left out at first.
await complete(sha256, 13000402);
await Promise.all(file.multiParts.slice(0, 2).map(put));
await complete(sha256, 13000402);
const links = await call<{ multiParts: Part[] }>("POST", "/files/multipart/uploadUrl", {
  fileId: file.fileId,
  multiParts: multiParts.slice(2),
});
await Promise.all(links.multiParts.map(put));
await complete(digest(Buffer.from("something else"), "sha256"), 13000402);
await complete(sha256);
await complete(sha256, 13000401);

// Down again: whole, and a part.
const found = await call<Downloads>("POST", "/files/download", { containerId, fileIds: [file.fileId] });
assert.equal(found.batchCode, 1);
const url = found.downloads[0]?.url;
assert(url);
const whole = await fetch(url);
assert(data.equals(Buffer.from(await whole.arrayBuffer())));
const part = await fetch(url, { headers: { Range: "bytes=-1000" } });
assert.equal(part.status, 206);
assert(data.subarray(-1000).equals(Buffer.from(await part.arrayBuffer())));
const known = await fetch(url, { headers: { "If-None-Match": whole.headers.get("etag") ?? "" } });
assert.equal(known.status, 304);

// A part that comes without its size, and a link that was changed.
const other = await call<Created>("POST", "/files/create", { ...wanted, fileName: "other.bin" });
const link = other.multiParts?.[0]?.uploadUrl;
assert(link);
const stream = new ReadableStream({
  start(controller): void {
    controller.enqueue(data.subarray(0, partSize));
    controller.close();
  },
});
const chunked = await fetch(link, { method: "PUT", body: stream, duplex: "half" } as RequestInit);
assert.equal(chunked.status, 411);
const changed = await fetch(link.replace("partNumber=1", "partNumber=2"), { method: "PUT", body: data.subarray(0, partSize) });
assert.equal(changed.status, 403);
assert.match(await changed.text(), /<Code>SignatureDoesNotMatch<\/Code>/);
console.log(`uploaded and read back ${data.length} bytes`);
