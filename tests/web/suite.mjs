// A test suite that has something to show: a retry that does not wait, calls that break the contract, a fault, several sessions.
const url = process.env.UNDERSTUDY_URL;
const more = Number(process.env.SUITE_CALLS ?? 0);

async function call(method, path, body, session, headers = {}) {
  const base = session ? `${url}/~${session}` : url;
  const sent = { "X-User-Id": "15", "X-Date": new Date().toISOString().replace(/[-:]|\.\d+/g, ""), Authorization: "Bearer a-secret-token", ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  try {
    const answer = await fetch(base + path, { method, headers: sent, body: body && JSON.stringify(body) });
    await answer.text();
    return answer.status;
  } catch {
    return 0;
  }
}

const SHARE = "/koodrive/ose/v1/share";
const share = { scope: 1, fileIds: ["1302656824065360030"], containerId: "1234", validDays: 7 };

await call("POST", SHARE, share);
await call("POST", SHARE, share);
await call("POST", SHARE, share);
await call("POST", SHARE, { ...share, validDays: 30 });
await call("POST", SHARE, { ...share, validDays: 30 });
for (const session of ["worker-1", "worker-2"]) {
  await call("GET", `${SHARE}/userInfo?shortUrl=ab${session}`, undefined, session);
  await call("POST", SHARE, { ...share, validDays: 366, permission: { preview: "yes" } }, session);
  await call("POST", SHARE, { ...share, containerId: "</script><img src=x onerror=alert(1)>\u2028", scope: 9 }, session);
}
await call("GET", "/koodrive/teapot?a=%3Cscript%3E&token=s3cret");
await call("GET", `${SHARE}/userInfo?shortUrl=abc`);
for (let number = 0; number < more; number += 1) await call("GET", `${SHARE}/userInfo?shortUrl=n${number}`, undefined, `load-${number % 3}`);
