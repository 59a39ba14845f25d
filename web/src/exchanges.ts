// The list of exchanges.

import { h } from "./dom";
import { type Filter, filter } from "./filter";
import type { Source, Summary } from "./model";
import { type Windowed, windowed } from "./table";
import { clock, count, duration, tone, UNKNOWN } from "./words";

export interface Exchanges {
  readonly element: HTMLElement;
  readonly filter: Filter;
  /** Shows what there is now. */
  refresh(): void;
  /** Chooses the next one, or the one before. */
  step(by: number): void;
  /** Marks the exchange with this number where it is listed. */
  mark(number: number): void;
}

/** A bar is full at this duration. */
const LONG = 1000;

export function exchangesView(source: Source, chosen: (number: number) => void, follows: boolean): Exchanges {
  const figures = h("span", { class: "muted", role: "status" });
  const chosenBy = filter(refresh);
  chosenBy.element.append(figures);
  let shown: readonly Summary[] = [];
  const list: Windowed<Summary> = windowed({
    label: "Exchanges",
    empty: "No exchange is here.",
    row: drawn,
    chosen: (row) => chosen(row.exchange),
  });

  function refresh(): void {
    const rows = source.rows();
    chosenBy.offer(rows);
    const marked = shown[list.selected]?.exchange;
    shown = rows.filter((row) => chosenBy.takes(row));
    const all = count(rows.length, "exchange");
    figures.textContent = shown.length === rows.length ? all : `${shown.length.toLocaleString("en")} of ${all}`;
    list.show(shown, follows);
    const wanted = awaited ?? marked;
    if (wanted !== undefined && shown[list.selected]?.exchange !== wanted) mark(wanted);
  }

  /** An exchange that was chosen before it was listed. */
  let awaited: number | undefined;

  function mark(number: number): void {
    const place = found(shown, number);
    awaited = place < 0 ? number : undefined;
    if (place !== list.selected) list.select(place);
  }

  const head = h("div", { class: "call head", "aria-hidden": "true" },
    ...["#", "Time", "Operation", "Path", "Status", "Answer", "Duration", ""].map((name) => h("span", {}, name)));
  const element = h("section", { class: "exchanges", "aria-label": "Exchanges" }, chosenBy.element, head, list.element);
  return {
    element,
    filter: chosenBy,
    refresh,
    mark,
    step(by) {
      if (shown.length === 0) return;
      const place = list.selected < 0 ? (by > 0 ? 0 : shown.length - 1) : list.selected + by;
      const row = shown[Math.min(shown.length - 1, Math.max(0, place))];
      if (row) chosen(row.exchange);
    },
  };
}

/** Where a number stands in rows that are in order; -1 if it does not. */
function found(rows: readonly Summary[], number: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.exchange ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  return rows[low]?.exchange === number ? low : -1;
}

function drawn(row: Summary): HTMLElement {
  const long = row.duration_ms;
  const bar = h("span", { class: "length" });
  bar.style.width = `${Math.min(1, Math.log1p(long ?? 0) / Math.log1p(LONG)) * 100}%`;
  const marks = h("span", { class: "marks" },
    (row.violations ?? 0) > 0 && h("span", { class: "mark bad" }, count(row.violations ?? 0, "violation")),
    (row.warnings ?? 0) > 0 && h("span", { class: "mark warn" }, count(row.warnings ?? 0, "warning")),
    row.fault !== undefined && h("span", { class: "mark fault" }, row.fault),
    row.resends !== undefined && h("span", { class: "mark" }, `resends #${row.resends}`),
    row.ended === "client_left" && h("span", { class: "mark" }, "client left"),
    row.ended === "cut_off" && h("span", { class: "mark" }, "cut off"),
    row.session !== "default" && h("span", { class: "mark session" }, row.session));
  return h("div", { class: "call" },
    h("span", { class: "number" }, row.exchange),
    h("span", { class: "time" }, clock(row.received)),
    h("span", { class: "name" }, row.operation ?? UNKNOWN),
    h("span", { class: "path" }, row.method === undefined ? "not a request" : `${row.method} ${row.target ?? ""}`),
    h("span", { class: `status ${tone(row)}` }, row.status),
    h("span", { class: "answer" }, row.answer.replace(/^scenario:/, "")),
    h("span", { class: "took" }, bar, h("span", {}, row.ended === undefined ? "under way" : long === undefined ? "" : duration(long))),
    marks);
}
