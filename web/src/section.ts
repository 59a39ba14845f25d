// A section with a table, of which the first rows are shown.

import { type Child, h } from "./dom";

/** Rows that are shown at first. */
const SHOWN = 50;

export function table(title: string, columns: string[], rows: HTMLElement[]): Child {
  if (rows.length === 0) return undefined;
  const body = h("tbody", {}, ...rows.slice(0, SHOWN));
  const section = h("section", { "aria-label": title }, h("h2", {}, title),
    h("div", { class: "wide" }, h("table", {},
      h("thead", {}, h("tr", {}, ...columns.map((column) => h("th", { scope: "col" }, column)))), body)));
  if (rows.length > SHOWN) {
    const rest = h("button", { type: "button", class: "small" }, `Show ${rows.length - SHOWN} more`);
    rest.addEventListener("click", () => {
      body.append(...rows.slice(SHOWN, SHOWN + 1000));
      rest.remove();
    });
    section.append(rest);
  }
  return section;
}
