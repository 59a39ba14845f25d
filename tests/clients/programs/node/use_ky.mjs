// ky on Node's own fetch. With `off`: `retry: 0`.

import ky from "ky";

import { newDispatcher } from "./builtin.mjs";
import { run, settings, TIMEOUT } from "./protocol.mjs";

const open = await newDispatcher();
const retry = settings.includes("off") ? { retry: 0 } : {};

await run(() => {
  const dispatcher = open();
  return {
    async call(url, { method, headers, body }) {
      const answer = await ky(url, {
        method,
        headers,
        body,
        fetch: (request, options) => fetch(request, { ...options, dispatcher }),
        timeout: TIMEOUT,
        ...retry,
      });
      return { status: answer.status, headers: [...answer.headers], body: await answer.bytes() };
    },
    close: () => dispatcher.destroy(),
  };
});
