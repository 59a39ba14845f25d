// A list of any length: only the rows in sight are in the document.

import { fill, h } from "./dom";

export interface Windowed<T> {
  readonly element: HTMLElement;
  /** Shows these; stays at the end if it was there and `follows`. */
  show(items: readonly T[], follows?: boolean): void;
  /** Marks one, and brings it in sight. */
  select(index: number): void;
  readonly selected: number;
  /** Draws what is in sight once more. */
  draw(): void;
}

interface Options<T> {
  /** What the list is, for those who do not see it. */
  label: string;
  /** Draws a row. */
  row(item: T, index: number): HTMLElement;
  /** Before the rows in sight are drawn. */
  before?(items: readonly T[]): void;
  /** A row was chosen. */
  chosen?(item: T, index: number): void;
  /** What is said where there is nothing. */
  empty: string;
}

/** Rows that are drawn above and below those in sight. */
const SPARE = 6;

let lists = 0;

export function windowed<T>(options: Options<T>): Windowed<T> {
  const rows = h("div", { class: "rows" });
  const nothing = h("p", { class: "empty" }, options.empty);
  const element = h(
    "div",
    { class: "list", tabindex: 0, role: "listbox", "aria-label": options.label },
    rows,
    nothing,
  );
  const name = `list${(lists += 1)}`;
  let items: readonly T[] = [];
  let selected = -1;
  let planned = false;

  const height = (): number => parseFloat(getComputedStyle(element).getPropertyValue("--row")) || 32;

  function draw(): void {
    const row = height();
    rows.style.height = `${items.length * row}px`;
    nothing.hidden = items.length > 0;
    const from = Math.max(0, Math.floor(element.scrollTop / row) - SPARE);
    const to = Math.min(items.length, Math.ceil((element.scrollTop + element.clientHeight) / row) + SPARE);
    const shown = items.slice(from, to);
    const top = Math.floor(element.scrollTop / row) - from;
    options.before?.(shown.slice(Math.max(0, top), shown.length));
    const drawn = shown.map((item, place) => {
      const index = from + place;
      const drawing = options.row(item, index);
      drawing.classList.add("row");
      drawing.id = `${name}-${index}`;
      drawing.style.top = `${index * row}px`;
      drawing.setAttribute("role", "option");
      drawing.setAttribute("aria-selected", String(index === selected));
      drawing.setAttribute("aria-setsize", String(items.length));
      drawing.setAttribute("aria-posinset", String(index + 1));
      drawing.addEventListener("click", () => {
        select(index);
        options.chosen?.(item, index);
      });
      return drawing;
    });
    fill(rows, ...drawn);
    if (selected >= from && selected < to) element.setAttribute("aria-activedescendant", `${name}-${selected}`);
    else element.removeAttribute("aria-activedescendant");
  }

  function plan(): void {
    if (planned) return;
    planned = true;
    requestAnimationFrame(() => {
      planned = false;
      draw();
    });
  }

  function select(index: number): void {
    selected = index;
    const row = height();
    if (index >= 0) {
      const top = index * row;
      if (top < element.scrollTop) element.scrollTop = top;
      else if (top + row > element.scrollTop + element.clientHeight) {
        element.scrollTop = top + row - element.clientHeight;
      }
    }
    draw();
  }

  element.addEventListener("scroll", plan, { passive: true });
  element.addEventListener("keydown", (event) => {
    const pages = Math.max(1, Math.floor(element.clientHeight / height()) - 1);
    const steps: Record<string, number> = {
      ArrowDown: selected + 1,
      ArrowUp: selected - 1,
      PageDown: selected + pages,
      PageUp: selected - pages,
      Home: 0,
      End: items.length - 1,
    };
    const wanted = steps[event.key];
    if (wanted !== undefined && items.length > 0) {
      event.preventDefault();
      select(Math.min(items.length - 1, Math.max(0, wanted)));
    } else if (event.key === "Enter" && selected >= 0) {
      const item = items[selected];
      if (item !== undefined) options.chosen?.(item, selected);
    }
  });
  new ResizeObserver(plan).observe(element);

  return {
    element,
    show(next, follows = false) {
      const end = element.scrollTop + element.clientHeight >= element.scrollHeight - 4;
      items = next;
      if (selected >= items.length) selected = -1;
      rows.style.height = `${items.length * height()}px`;
      if (follows && end) element.scrollTop = element.scrollHeight;
      plan();
    },
    select,
    get selected() {
      return selected;
    },
    draw: plan,
  };
}
