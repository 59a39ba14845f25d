// undici's `request`.

import { Agent, request } from "undici";

import { pairs, run, TIMEOUT } from "./protocol.mjs";

await run(() => {
  const dispatcher = new Agent();
  return {
    async call(url, { method, headers, body }) {
      const limits = { headersTimeout: TIMEOUT, bodyTimeout: TIMEOUT, signal: AbortSignal.timeout(TIMEOUT) };
      const answer = await request(url, { method, headers, body, dispatcher, responseHeaders: "raw", ...limits });
      const shown = Array.isArray(answer.headers) ? pairs(answer.headers.map(String)) : Object.entries(answer.headers);
      return { status: answer.statusCode, headers: shown, body: await answer.body.bytes() };
    },
    close: () => dispatcher.destroy(),
  };
});
