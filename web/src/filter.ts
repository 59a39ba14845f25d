// Which exchanges are shown.

import { fill, h } from "./dom";
import type { Summary } from "./model";
import { UNKNOWN } from "./words";

/** Kinds of exchanges that one looks for. */
const KINDS: Record<string, { label: string; takes: (row: Summary) => boolean }> = {
  all: { label: "Everything", takes: () => true },
  broken: { label: "Breaks the contract", takes: (row) => (row.violations ?? 0) > 0 || row.refusal !== undefined },
  warned: { label: "Has warnings", takes: (row) => (row.warnings ?? 0) > 0 },
  error: { label: "Status 400 and above", takes: (row) => row.status >= 400 },
  fault: { label: "Fault injected", takes: (row) => row.fault !== undefined },
  scripted: { label: "Answered by a scenario", takes: (row) => row.answer.startsWith("scenario:") },
  undelivered: { label: "Not delivered", takes: (row) => row.ended !== undefined && row.ended !== "delivered" },
  resend: { label: "Resent by the HTTP library", takes: (row) => row.resends !== undefined },
};

export interface Filter {
  readonly element: HTMLElement;
  readonly search: HTMLInputElement;
  /** Whether it takes a row. */
  takes(row: Summary): boolean;
  /** Offers what rows have. */
  offer(rows: readonly Summary[]): void;
  /** Takes everything again. */
  clear(): void;
}

/** The text of a row that is searched, in small letters. */
function text(row: Summary): string {
  const words = [
    `#${row.exchange}`, row.method, row.target, row.operation ?? UNKNOWN, row.session, row.status, row.answer,
    row.refusal, row.fault, row.ended,
  ];
  return words.join(" ").toLowerCase();
}

export function filter(changed: () => void): Filter {
  const search = h("input", {
    type: "search",
    placeholder: "Search: path, operation, status, #12",
    "aria-label": "Search exchanges",
    "aria-keyshortcuts": "/",
    spellcheck: "false",
  });
  const kind = h("select", { "aria-label": "Kind of exchange" });
  for (const [name, { label }] of Object.entries(KINDS)) kind.append(h("option", { value: name }, label));
  const session = h("select", { "aria-label": "Session" });
  const operation = h("select", { "aria-label": "Operation" });
  const element = h("div", { class: "filter", role: "search" }, search, kind, session, operation);
  for (const control of [search, kind, session, operation]) control.addEventListener("input", changed);
  const known = { session: new Set<string>(), operation: new Set<string>() };
  offered(session, "Every session", known.session);
  offered(operation, "Every operation", known.operation);
  let seen = 0;

  return {
    element,
    search,
    takes(row) {
      if (session.value && row.session !== session.value) return false;
      if (operation.value && (row.operation ?? UNKNOWN) !== operation.value) return false;
      if (!KINDS[kind.value]?.takes(row)) return false;
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      if (words.length === 0) return true;
      const haystack = text(row);
      return words.every((word) => haystack.includes(word));
    },
    offer(rows) {
      if (rows.length < seen) seen = 0;
      const before = known.session.size + known.operation.size;
      for (const row of rows.slice(seen)) {
        known.session.add(row.session);
        known.operation.add(row.operation ?? UNKNOWN);
      }
      seen = rows.length;
      if (known.session.size + known.operation.size === before) return;
      offered(session, "Every session", known.session);
      offered(operation, "Every operation", known.operation);
    },
    clear() {
      search.value = session.value = operation.value = "";
      kind.value = "all";
      changed();
    },
  };
}

function offered(select: HTMLSelectElement, everything: string, values: Set<string>): void {
  const chosen = select.value;
  const options = [...values].sort().map((value) => h("option", { value }, value));
  fill(select, h("option", { value: "" }, everything), ...options);
  select.value = chosen;
  if (select.selectedIndex < 0) select.value = "";
}
