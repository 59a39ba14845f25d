// A tree of any size: what is below an item is asked for when it is opened, a part at a time. Keys and roles are those of the tree pattern
// of WAI-ARIA; one item is in the order of tabs.

import { type Child, fill, h } from "./dom";

export interface Item {
  /** The same item has the same key when it is asked for anew. */
  key: string;
  /** What stands in its line. */
  line: Child[];
  /** What is below it, if it can be opened. */
  below?: Below;
}

export interface Part {
  items: Item[];
  /** What the next part comes behind. */
  after: string | null;
  /** How long the whole list is. */
  total?: number | undefined;
}

/** Asks for a part: what comes behind, and how many at most. */
export type Below = (after: string | null, limit: number) => Promise<Part>;

export interface Tree {
  readonly element: HTMLElement;
  /** Asks anew for all that is open. */
  refresh(): Promise<void>;
}

/** Items of a part, and at most of one that is asked for anew. */
const PART = 100;
const MOST = 1000;

interface List {
  element: HTMLElement;
  level: number;
  below: Below;
  /** How many items it shows. */
  shown: number;
  after: string | null;
  nodes: Map<string, Node>;
}

interface Node {
  element: HTMLElement;
  line: HTMLElement;
  list?: List | undefined;
}

function listOf(element: HTMLElement, level: number, below: Below): List {
  return { element, level, below, shown: 0, after: null, nodes: new Map() };
}

export function tree(label: string, below: Below, failed: (error: unknown) => void): Tree {
  const top = listOf(h("ul", { class: "tree", role: "tree", "aria-label": label }), 1, below);
  const { element } = top;
  let asking = false;

  /** Shows the items of a part, behind those that are there. */
  function append(list: List, part: Part): void {
    list.element.querySelector(":scope > .more")?.remove();
    for (const item of part.items) {
      list.shown += 1;
      const node = known(list, item);
      node.element.setAttribute("aria-posinset", String(list.shown));
      node.element.setAttribute("aria-setsize", String(part.total ?? -1));
      list.element.append(node.element);
    }
    list.after = part.after;
    if (part.after !== null) {
      const left = part.total === undefined ? "" : ` of ${(part.total - list.shown).toLocaleString("en")}`;
      list.element.append(h("li", { role: "treeitem", class: "more", tabindex: -1, "aria-level": list.level }, h("span", { class: "line" }, `Show ${PART}${left} more`)));
    } else if (list.shown === 0) {
      list.element.append(h("li", { role: "none", class: "muted none" }, "empty"));
    }
    reachable();
  }

  /** The element of an item: the one that is there, with another line, or a new one. */
  function known(list: List, item: Item): Node {
    let node = list.nodes.get(item.key);
    if (!node) {
      const line = h("span", { class: "line" });
      node = { element: h("li", { role: "treeitem", tabindex: -1, "aria-level": list.level }, line), line };
      list.nodes.set(item.key, node);
    }
    fill(node.line, ...item.line);
    if (item.below && !node.list) {
      node.list = listOf(h("ul", { role: "group" }), list.level + 1, item.below);
      node.element.setAttribute("aria-expanded", "false");
    } else if (item.below && node.list) {
      node.list.below = item.below;
    }
    nodes.set(node.element, { node, list });
    return node;
  }

  const nodes = new WeakMap<Element, { node: Node; list: List }>();

  async function more(list: List): Promise<void> {
    if (asking) return;
    asking = true;
    try {
      append(list, await list.below(list.after, PART));
    } catch (error) {
      failed(error);
    } finally {
      asking = false;
    }
  }

  async function open(node: Node, wanted: boolean): Promise<void> {
    if (!node.list) return;
    node.element.setAttribute("aria-expanded", String(wanted));
    if (!wanted) {
      node.list.element.remove();
      reachable();
      return;
    }
    node.element.append(node.list.element);
    await again(node.list);
  }

  /** Asks anew for as much as is shown, and for all that is open below. */
  async function again(list: List): Promise<void> {
    const wanted = Math.min(Math.max(list.shown, PART), MOST);
    // A large world takes a moment to open.
    if (!list.element.firstChild) list.element.append(h("li", { role: "none", class: "muted none" }, "loading …"));
    list.element.setAttribute("aria-busy", "true");
    let part: Part;
    try {
      part = await list.below(null, wanted);
    } catch (error) {
      list.element.querySelector(":scope > .none")?.remove();
      failed(error);
      return;
    } finally {
      list.element.removeAttribute("aria-busy");
    }
    const focused = document.activeElement;
    const within = focused !== null && list.element.contains(focused) ? focused : undefined;
    list.shown = 0;
    list.element.textContent = "";
    append(list, part);
    const keys = new Set(part.items.map(({ key }) => key));
    for (const key of list.nodes.keys()) if (!keys.has(key)) list.nodes.delete(key);
    // Elements that were put in anew have lost the focus.
    if (within instanceof HTMLElement && within.isConnected) within.focus({ preventScroll: true });
    else if (within) items()[0]?.focus({ preventScroll: true });
    for (const node of list.nodes.values()) {
      if (node.list && node.element.getAttribute("aria-expanded") === "true") await again(node.list);
    }
  }

  /** What can be walked to. */
  function items(): HTMLElement[] {
    return [...element.querySelectorAll<HTMLElement>('[role="treeitem"]')];
  }

  /** One item can be reached by the Tab key. */
  function reachable(): void {
    if (!element.querySelector('[role="treeitem"][tabindex="0"]')) items()[0]?.setAttribute("tabindex", "0");
  }

  function walk(to: HTMLElement | undefined): void {
    if (!to) return;
    for (const item of element.querySelectorAll('[role="treeitem"][tabindex="0"]')) item.setAttribute("tabindex", "-1");
    to.setAttribute("tabindex", "0");
    to.focus();
  }

  function use(item: HTMLElement): void {
    if (item.classList.contains("more")) {
      const above = item.parentElement?.closest<HTMLElement>('[role="treeitem"]');
      const found = above ? nodes.get(above)?.node.list : top;
      const before = item.previousElementSibling;
      if (found) void more(found).then(() => before?.nextElementSibling instanceof HTMLElement && walk(before.nextElementSibling));
      return;
    }
    const node = nodes.get(item)?.node;
    if (node?.list) void open(node, item.getAttribute("aria-expanded") !== "true");
  }

  element.addEventListener("click", (event) => {
    const line = event.target instanceof Element ? event.target.closest(".line") : null;
    const item = line?.parentElement;
    if (!item || (event.target instanceof Element && event.target.closest("a, button"))) return;
    walk(item);
    use(item);
  });
  element.addEventListener("keydown", (event) => {
    const item = event.target;
    if (!(item instanceof HTMLElement) || item.getAttribute("role") !== "treeitem" || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = items();
    const here = all.indexOf(item);
    const expanded = item.getAttribute("aria-expanded");
    switch (event.key) {
      case "ArrowDown":
        walk(all[here + 1]);
        break;
      case "ArrowUp":
        walk(all[here - 1]);
        break;
      case "Home":
        walk(all[0]);
        break;
      case "End":
        walk(all.at(-1));
        break;
      case "ArrowRight":
        if (expanded === "false") use(item);
        else if (expanded === "true") walk(item.querySelector<HTMLElement>('[role="treeitem"]') ?? undefined);
        break;
      case "ArrowLeft":
        if (expanded === "true") use(item);
        else walk(item.parentElement?.closest<HTMLElement>('[role="treeitem"]') ?? undefined);
        break;
      case "Enter":
      case " ":
        use(item);
        break;
      default:
        return;
    }
    event.preventDefault();
  });

  return { element, refresh: () => again(top) };
}
