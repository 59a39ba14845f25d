// got. With `off`: `retry: { limit: 0 }`.

import http from "node:http";

import got from "got";

import { pairs, run, settings, TIMEOUT } from "./protocol.mjs";

const retry = settings.includes("off") ? { retry: { limit: 0 } } : {};

await run(() => {
  const agent = new http.Agent(http.globalAgent.options);
  return {
    async call(url, { method, headers, body }) {
      const answer = await got(url, {
        method,
        headers,
        body,
        agent: { http: agent },
        timeout: { request: TIMEOUT },
        responseType: "buffer",
        ...retry,
      });
      return { status: answer.statusCode, headers: pairs(answer.rawHeaders), body: answer.rawBody };
    },
    close: () => agent.destroy(),
  };
});
