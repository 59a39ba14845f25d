// Node's http2 module: HTTP/2 with prior knowledge. It has no pool: a session that is gone is replaced.

import http2 from "node:http2";

import { run, TIMEOUT } from "./protocol.mjs";

await run(() => {
  let session;
  return {
    call: (url, { method, headers, body }) =>
      new Promise((resolve, reject) => {
        const { origin, pathname, search } = new URL(url);
        if (!session || session.closed || session.destroyed) {
          session = http2.connect(origin);
          session.on("error", () => {});
        }
        const stream = session.request({ ":method": method, ":path": pathname + search, ...headers });
        stream.setTimeout(TIMEOUT, () => stream.destroy(new DOMException("timed out", "TimeoutError")));
        const parts = [];
        let head;
        stream.on("response", (fields) => (head = fields));
        stream.on("data", (part) => parts.push(part));
        stream.on("error", reject);
        stream.on("close", () => reject(new Error("the stream closed without an answer")));
        stream.on("end", () => {
          if (head) resolve({ status: head[":status"], headers: Object.entries(head), body: Buffer.concat(parts) });
        });
        stream.end(body);
      }),
    close: () => session?.destroy(),
  };
});
