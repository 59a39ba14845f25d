// Node's http module with an agent.

import http from "node:http";

import { pairs, run, TIMEOUT } from "./protocol.mjs";

await run(() => {
  const agent = new http.Agent(http.globalAgent.options);
  return {
    call: (url, { method, headers, body }) =>
      new Promise((resolve, reject) => {
        const signal = AbortSignal.timeout(TIMEOUT);
        const request = http.request(url, { method, headers, agent, signal }, (answer) => {
          const parts = [];
          answer.on("data", (part) => parts.push(part));
          answer.on("error", reject);
          answer.on("end", () =>
            resolve({ status: answer.statusCode, headers: pairs(answer.rawHeaders), body: Buffer.concat(parts) }),
          );
        });
        request.on("error", reject);
        request.end(body);
      }),
    close: () => agent.destroy(),
  };
});
