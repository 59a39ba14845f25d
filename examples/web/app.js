// Signs in, uploads a file in parts and shares it, by the API of KooDrive.

/** Bytes of a part. */
const PART = 5 * 1024 * 1024;

/** What the API says in place of an answer. */
class Refused extends Error {}

class Drive {
  #token;
  #userId;

  constructor(base) {
    this.api = `${base.replace(/\/$/, "")}/koodrive/ose/v1`;
  }

  async #call(method, path, body) {
    const headers = { "Content-Type": "application/json" };
    if (this.#token) {
      headers.Authorization = this.#token;
      headers["X-User-Id"] = this.#userId;
      headers["X-Date"] = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
    }
    const response = await fetch(this.api + path, { method, headers, body: body && JSON.stringify(body) });
    const answer = await response.json();
    if (response.ok && (answer.code ?? 0) === 0) return answer;
    // Only a stand-in says what was wrong with the call; in production the header is not there.
    const violations = JSON.parse(response.headers.get("X-Understudy-Violations") ?? "[]");
    const wrong = violations.map(({ at, expected, found }) => `\n${at}: expected ${expected}, found ${found}`);
    throw new Refused(`${response.status} ${answer.code} ${answer.msg}${wrong.join("")}`);
  }

  /** Signs in with a code; the name of whoever that is. */
  async signIn(code) {
    const { data } = await this.#call("POST", "/session/", { code });
    this.#token = data.accessToken;
    this.#userId = data.userId;
    const space = await this.#call("GET", `/space/${data.userId}?type=1`);
    this.containerId = space.data.containerId;
    return data.userInfo.userName;
  }

  /** Uploads a file in parts, several at a time; its id. `sent` hears of each part. */
  async upload(file, sent) {
    const count = Math.max(1, Math.ceil(file.size / PART));
    const parts = Array.from({ length: count }, (_, index) => file.slice(index * PART, (index + 1) * PART));
    const created = await this.#call("POST", "/files/create", {
      fileName: file.name,
      fileType: "45",
      parentFolder: ["root"],
      length: file.size,
      uploadMode: "multipart",
      uploadType: 1,
      autoRename: 2,
      containerId: this.containerId,
      multiParts: parts.map((part, index) => ({ partNumber: index + 1, partSize: part.size })),
    });
    const waiting = [...created.multiParts];
    let done = 0;
    const sends = async () => {
      for (let part = waiting.shift(); part; part = waiting.shift()) {
        const answer = await fetch(part.uploadUrl, { method: "PUT", body: parts[part.partNumber - 1] });
        if (!answer.ok) throw new Refused(`part ${part.partNumber}: ${answer.status} ${await answer.text()}`);
        sent((done += 1) / count);
      }
    };
    await Promise.all([sends(), sends(), sends()]);
    await this.#call("POST", "/files/complete", { fileId: created.fileId });
    return created.fileId;
  }

  /** The names of the files at the top. */
  async files() {
    const { files } = await this.#call("POST", "/files/0", { containerId: this.containerId, parentFileId: "root" });
    return files.map(({ fileName }) => fileName);
  }

  /** Shares a file within the enterprise; where it is opened. */
  async share(fileId, days) {
    const { shareLink } = await this.#call("POST", "/share", {
      scope: 2,
      fileIds: [fileId],
      containerId: this.containerId,
      validDays: days,
    });
    return shareLink.linkUrl;
  }
}

const form = (id) => document.getElementById(id);
const [signIn, upload, share] = ["sign-in", "upload", "share"].map(form);
const trouble = form("trouble");
const enabled = (form) => (form.querySelector("fieldset").disabled = false);

signIn.elements.api.value = new URLSearchParams(location.search).get("api") ?? "http://127.0.0.1:8080";
let drive;
let uploaded;

/** Does something when a form is sent, and says what went wrong. */
function on(form, act) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    trouble.textContent = "";
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      await act(form.elements);
    } catch (error) {
      trouble.textContent = error instanceof Refused ? error.message : `${error.message}: does anybody listen there?`;
    } finally {
      button.disabled = false;
    }
  });
}

async function list() {
  const names = await drive.files();
  const items = names.map((name) => Object.assign(document.createElement("li"), { textContent: name }));
  upload.querySelector("ul").replaceChildren(...items);
}

on(signIn, async ({ api, code, who }) => {
  drive = new Drive(api.value);
  who.value = `signed in as ${await drive.signIn(code.value)}`;
  enabled(upload);
  await list();
});

on(upload, async ({ file }) => {
  const progress = upload.querySelector("progress");
  progress.value = 0;
  uploaded = await drive.upload(file.files[0], (share) => (progress.value = share));
  enabled(share);
  await list();
});

on(share, async ({ days, link }) => {
  link.value = await drive.share(uploaded, Number(days.value));
});
