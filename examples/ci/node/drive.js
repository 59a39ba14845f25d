/** The client under test: it shares files. */
export class Drive {
  #url;
  #token;

  /** Calls KooDrive at a URL, for the user whose token it has. */
  constructor(url, token) {
    this.#url = url;
    this.#token = token;
  }

  /** A link to the file that lives some days; nothing if the service refuses to make one. */
  async share(file, days) {
    const answer = await fetch(`${this.#url}/koodrive/ose/v1/share`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${this.#token}`,
        "content-type": "application/json",
        "x-user-id": "1505084218764547200",
        "x-date": new Date().toISOString().replaceAll(/[-:]|\.\d+/g, ""),
      },
      body: JSON.stringify({ scope: 1, fileIds: [file], containerId: "c", validDays: days }),
    });
    const { shareLink } = await answer.json();
    return shareLink?.shortUrl;
  }
}
