// What the clients of a session created: spaces with their folders and files, and shares.

import { type Api, Problem } from "./api";
import { type Child, h } from "./dom";
import { type Below, type Item, type Part, tree } from "./tree";
import { count, size } from "./words";

interface Listing<T> {
  entries: T[];
  after: string | null;
  total?: number;
}

interface Space {
  containerId: string;
  kind: string;
  owner: string;
  folder: string;
  entries: number;
  used: number;
  capacity: number;
  recycled?: boolean;
  disabled?: boolean;
}

interface File {
  id: string;
  fileName: string;
  size: number;
  editedTime: string;
  entries?: number;
  shared?: boolean;
}

interface Share {
  id: string;
  displayName: string;
  by: string | null;
  state: string;
  scope: string;
  files: string[];
  moreFiles?: number;
  with: string[];
  moreReaders?: number;
  expireTime: string;
  viewCnt: number;
  extractCode?: string;
}

/** Spaces are given out in these. */
const GB = 2 ** 30;

export interface World {
  readonly element: HTMLElement;
  /** Asks for what is in sight; nothing before it was opened. */
  refresh(): void;
}

export function worldView(api: Api, session: string): World {
  const message = h("p", { class: "bad", role: "alert" });
  const failed = (error: unknown): void => {
    message.textContent = error instanceof Problem ? error.message : "The stand-in does not answer.";
  };
  const base = `sessions/${encodeURIComponent(session)}/world`;

  /** A part of a list of the world, each entry as an item. */
  function below<T>(path: string, item: (entry: T) => Item): Below {
    return async (after, limit): Promise<Part> => {
      const behind = after === null ? "" : `&after=${encodeURIComponent(after)}`;
      const { entries, after: next, total } = await api.call<Listing<T>>("GET", `${base}/${path}?limit=${limit}${behind}`);
      message.textContent = "";
      return { items: entries.map(item), after: next, total };
    };
  }

  function space(space: Space): Item {
    const inside = below<File>(`folders/${encodeURIComponent(space.folder)}`, file);
    const bin: Item = {
      key: "bin",
      line: [h("span", { class: "muted" }, "Recycle bin")],
      below: below<File>(`bins/${encodeURIComponent(space.containerId)}`, file),
    };
    return {
      key: space.containerId,
      line: [h("b", {}, space.owner), note(space.kind, `${size(space.used)} of ${space.capacity / GB} GB`, space.disabled && "disabled")],
      // The bin stands on top: behind a long list nobody would find it.
      below: !space.recycled ? inside : async (after, limit) => {
        const part = await inside(after, limit);
        return { ...part, items: after === null ? [bin, ...part.items] : part.items, total: (part.total ?? 0) + 1 };
      },
    };
  }

  function file(file: File): Item {
    const shared = file.shared && h("span", { class: "mark" }, "shared");
    if (file.entries === undefined) {
      return { key: file.id, line: [file.fileName, note(size(file.size), file.editedTime.slice(0, 10)), shared] };
    }
    const inside = below<File>(`folders/${encodeURIComponent(file.id)}`, item);
    return { key: file.id, line: [h("b", {}, `${file.fileName}/`), note(String(file.entries)), shared], below: inside };
  }
  const item = file;

  function share(share: Share): Item {
    const files = [share.files.join(", "), share.moreFiles && `and ${share.moreFiles} more`].filter(Boolean).join(" ");
    const readers = [share.with.join(", "), share.moreReaders && `and ${share.moreReaders} more`].filter(Boolean).join(" ");
    const facts: [string, string][] = [
      ["Files", files], ["For", readers || share.scope], ["Until", share.expireTime.slice(0, 16).replace("T", " ")],
      ["Views", String(share.viewCnt)], ["Id", share.id],
    ];
    if (share.extractCode !== undefined) facts.push(["Code", share.extractCode]);
    const items = facts.map(([name, value]): Item => ({ key: name, line: [h("span", { class: "muted" }, name), value] }));
    return {
      key: share.id,
      line: [share.displayName, note(share.by && `by ${share.by}`), h("span", { class: share.state === "open" ? "mark" : "mark warn" }, share.state)],
      below: () => Promise.resolve({ items, after: null, total: items.length }),
    };
  }

  const views = [
    part("Files", tree(`Files of session ${session}`, below<Space>("spaces", space), failed)),
    part("Shares", tree(`Shares of session ${session}`, below<Share>("shares", share), failed)),
  ];
  return { element: h("div", { class: "world" }, ...views.map((view) => view.element), message), refresh: () => views.forEach((view) => view.refresh()) };
}

/** Something to be opened, and asked for then. */
function part(title: string, shown: { element: HTMLElement; refresh(): Promise<void> }): { element: HTMLElement; refresh(): void } {
  const element = h("details", {}, h("summary", {}, title), shown.element);
  const refresh = (): void => void (element.open && shown.refresh());
  element.addEventListener("toggle", refresh);
  return { element, refresh };
}

function note(...words: (string | null | undefined | false)[]): Child {
  return h("span", { class: "muted" }, words.filter(Boolean).join(" · "));
}

/** `2 tokens`, of whom, and since when. */
export function tokensOf(tokens: Token[]): Child {
  if (tokens.length === 0) return undefined;
  const shown = tokens.slice(0, TOKENS);
  const rest = tokens.length - shown.length;
  return h("div", {}, h("h4", {}, count(tokens.length, "token")),
    h("ul", { class: "tokens" }, ...shown.map(({ sha256, user, state, used }) => h("li", {},
      h("code", { title: "The first digits of the token's SHA-256; the token itself is hidden" }, `${sha256}…`),
      h("span", {}, user ?? ""), h("span", { class: "muted" }, `used ${used.slice(11, 19)}`),
      h("span", { class: state === "alive" ? "mark" : "mark warn" }, state)))),
    rest > 0 && h("p", { class: "muted" }, `and ${count(rest, "more token")}`));
}

/** Tokens that a card lists. */
const TOKENS = 8;

export interface Token {
  sha256: string;
  user: string | null;
  state: string;
  used: string;
}
