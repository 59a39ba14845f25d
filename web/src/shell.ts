// The frame around the views: tabs, the pane with one exchange, addresses that can be pasted, keys.

import { fill, h } from "./dom";
import { exchangeView } from "./exchange";
import type { Exchanges } from "./exchanges";
import type { Source } from "./model";

export interface Tab {
  /** Its name in the address. */
  name: string;
  label: string;
  element: HTMLElement;
  /** It is in sight now. */
  shown?(): void;
}

export interface Shell {
  /** Does what the address says. */
  route(): void;
  /** The tab in sight. */
  readonly tab: string;
  /** Draws the open exchange once more. */
  refresh(): void;
}

interface Parts {
  source: Source;
  tabs: Tab[];
  exchanges: Exchanges;
  /** What stands beside the name. */
  beside: HTMLElement[];
  /** Brings a finding in sight. */
  finding(number: number): boolean;
}

export function shell(root: HTMLElement, parts: Parts): Shell {
  const { source, tabs, exchanges } = parts;
  const buttons = tabs.map((tab) => h("a", { role: "tab", href: `#${tab.name}`, id: `tab-${tab.name}`, "aria-controls": `panel-${tab.name}` }, tab.label));
  const panels = tabs.map((tab) => h("div", { role: "tabpanel", id: `panel-${tab.name}`, "aria-labelledby": `tab-${tab.name}`, class: "panel" }, tab.element));
  const close = h("button", { type: "button", class: "small close", "aria-label": "Close", "aria-keyshortcuts": "Escape" }, "✕");
  const content = h("div", { class: "content" });
  const pane = h("aside", { class: "pane", "aria-label": "The exchange that was chosen", tabindex: -1 }, close, content);
  fill(root,
    h("header", { class: "top" }, h("span", { class: "brand" }, "Understudy"), ...parts.beside,
      h("nav", { role: "tablist", "aria-label": "Views" }, ...buttons)),
    h("main", {}, ...panels, pane));
  let current = "";
  let open: number | undefined;

  function show(name: string): void {
    current = name;
    tabs.forEach((tab, index) => {
      const here = tab.name === name;
      buttons[index]?.setAttribute("aria-selected", String(here));
      const panel = panels[index];
      if (panel) panel.hidden = !here;
      if (here) tab.shown?.();
    });
  }

  function openExchange(number: number): void {
    open = number;
    pane.hidden = false;
    exchanges.mark(number);
    void source.exchange(number).then((exchange) => {
      if (open !== number) return;
      const gone = h("p", { class: "empty" }, `Exchange ${number} is not here: it had left the journal, or never was.`);
      fill(content, exchange ? exchangeView(exchange, source) : gone);
      pane.scrollTop = 0;
    });
  }

  function closeExchange(): void {
    if (open === undefined) return;
    open = undefined;
    pane.hidden = true;
    if (location.hash.startsWith("#exchange-")) history.replaceState(null, "", `#${current}`);
  }

  function route(): void {
    const [name, number] = location.hash.slice(1).split("-");
    if (name === "exchange" && Number(number) > 0) {
      // Where it was chosen, the list or the timeline stays in sight.
      if (current === "" || !["exchanges", "timeline"].includes(current)) show("exchanges");
      openExchange(Number(number));
      return;
    }
    closeExchange();
    if (name === "finding" && Number(number) > 0) {
      show("verdict");
      parts.finding(Number(number));
      return;
    }
    show(tabs.find((tab) => tab.name === name)?.name ?? tabs[0]?.name ?? "");
  }

  close.addEventListener("click", closeExchange);
  window.addEventListener("hashchange", route);
  document.addEventListener("keydown", (event) => {
    const target = event.target;
    const writes = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
    if (event.key === "Escape") {
      if (target instanceof HTMLInputElement) target.blur();
      else closeExchange();
    } else if (!writes && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (event.key === "j" || event.key === "k") {
        if (!["exchanges", "timeline"].includes(current)) show("exchanges");
        exchanges.step(event.key === "j" ? 1 : -1);
      } else if (event.key === "/") {
        event.preventDefault();
        show("exchanges");
        exchanges.filter.search.focus();
      }
    }
  });
  pane.hidden = true;
  return {
    route,
    get tab() {
      return current;
    },
    refresh() {
      if (open !== undefined) openExchange(open);
    },
  };
}

/** Goes to an exchange. */
export function goTo(number: number): void {
  location.hash = `#exchange-${number}`;
}
