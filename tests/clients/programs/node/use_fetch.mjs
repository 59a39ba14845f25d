// Node's own fetch.

import { newDispatcher } from "./builtin.mjs";
import { run, TIMEOUT } from "./protocol.mjs";

const open = await newDispatcher();

await run(() => {
  const dispatcher = open();
  return {
    async call(url, { method, headers, body }) {
      const answer = await fetch(url, { method, headers, body, dispatcher, signal: AbortSignal.timeout(TIMEOUT) });
      return { status: answer.status, headers: [...answer.headers], body: await answer.bytes() };
    },
    close: () => dispatcher.destroy(),
  };
});
