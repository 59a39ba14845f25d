// Calls the stand-in with the types of its document.
import { createHmac } from "node:crypto";
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

const [url, token, clientId, secret] = process.argv.slice(2) as [string, string, string, string];
const client = createClient<paths>({ baseUrl: url });

function expect(fine: boolean, what: string) {
  if (!fine) throw new Error(what);
}

const at = new Date().toISOString().replace(/\.\d+|[-:]/g, "");
const header = { "X-User-Id": "1505084218764547200", "X-Date": at };
const shared = await client.POST("/koodrive/ose/v1/share", {
  params: { header },
  headers: { Authorization: `Bearer ${token}` },
  body: { scope: 2, fileIds: ["1537770199275720001"], containerId: "1537770199275720002", validDays: 7 },
});
expect(typeof shared.data?.shareLink?.shortUrl === "string", JSON.stringify(shared.error));

const task = await client.GET("/koodrive/ose/v1/share/userInfo", {
  params: { header, query: { shortUrl: "abc" } },
  headers: { Authorization: `Bearer ${token}` },
});
expect(task.response.status === 200, JSON.stringify(task.error));

const dateline = Math.floor(Date.now() / 1000);
const values = [clientId, dateline, "101,102", 30011, 7].join("\n");
const sign = createHmac("sha1", secret).update(values).digest("base64");
const added = await client.POST("/m-open/1/org/add_member", {
  body: { client_id: clientId, dateline, member_ids: [101, 102], org_id: 30011, role_id: 7, sign },
  headers: { "Content-Type": "application/x-www-form-urlencoded" },
});
expect(added.response.status === 200, JSON.stringify(added.error));

const refused = await createClient<paths>({ baseUrl: `${url}/~refused` }).POST("/koodrive/ose/v1/share", {
  params: { header },
  body: { scope: 2, fileIds: [], containerId: "1", validDays: 7 },
});
expect(refused.response.status === 401 && refused.error !== undefined && "error_code" in refused.error, "no envelope");
