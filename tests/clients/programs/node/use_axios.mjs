// axios on Node's http module.

import http from "node:http";

import axios from "axios";

import { run, TIMEOUT } from "./protocol.mjs";

await run(() => {
  const agent = new http.Agent(http.globalAgent.options);
  return {
    async call(url, { method, headers, body }) {
      const answer = await axios({
        url,
        method,
        headers,
        data: body,
        httpAgent: agent,
        timeout: TIMEOUT,
        validateStatus: null,
        responseType: "arraybuffer",
      });
      return { status: answer.status, headers: Object.entries(answer.headers), body: answer.data };
    },
    close: () => agent.destroy(),
  };
});
