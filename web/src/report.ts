// The HTML report: the data is in the document, in blocks of JSON that are read when they are needed.

import { h } from "./dom";
import { exchangesView } from "./exchanges";
import type { Exchange, Overview, Source, Summary } from "./model";
import { goTo, shell } from "./shell";
import { timelineView } from "./timeline";
import { verdictView } from "./verdict";
import { clock } from "./words";

/** The text of a block, when the document has come past it. */
function block(name: string): string | undefined {
  const element = document.getElementById(name);
  const whole = element?.nextElementSibling || document.readyState !== "loading";
  return whole ? (element?.textContent ?? undefined) : undefined;
}

const overview = JSON.parse(block("overview") ?? "{}") as Overview;
let rows: Summary[] = [];

/** Exchanges of a block: `exchanges-0` has those up to 63. */
const BLOCK = 64;
let read: { name: number; exchanges: Exchange[] } = { name: -1, exchanges: [] };

async function complete(): Promise<void> {
  if (document.readyState !== "loading") return;
  await new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
}

const source: Source = {
  overview: () => overview,
  rows: () => rows,
  async exchange(number) {
    const name = Math.floor(number / BLOCK);
    if (read.name !== name) {
      // The document may still be on its way.
      let text = block(`exchanges-${name}`);
      if (text === undefined) {
        await complete();
        text = block(`exchanges-${name}`);
      }
      read = { name, exchanges: JSON.parse(text ?? "[]") as Exchange[] };
    }
    return read.exchanges.find((exchange) => exchange.exchange === number);
  },
  unmatched: () => Promise.resolve(undefined),
};

const verdict = verdictView(overview);
const exchanges = exchangesView(source, goTo, false);
const timeline = timelineView(source, goTo);
const when = h("span", { class: "muted when" });
const root = document.getElementById("app");
if (root) {
  const frame = shell(root, {
    source,
    exchanges,
    beside: [when],
    finding: verdict.reveal,
    tabs: [
      { name: "verdict", label: "Verdict", element: verdict.element },
      { name: "exchanges", label: "Exchanges", element: exchanges.element, shown: exchanges.refresh },
      { name: "timeline", label: "Timeline", element: timeline.element, shown: timeline.refresh },
    ],
  });
  frame.route();
  // The verdict is painted first; then there is time for the list.
  requestAnimationFrame(() =>
    setTimeout(() => {
      rows = JSON.parse(block("index") ?? "[]") as Summary[];
      const [first, end] = [rows[0], rows.at(-1)];
      if (first && end) when.textContent = `${first.received.slice(0, 10)} ${clock(first.received).slice(0, 8)} to ${clock(end.received).slice(0, 8)}`;
      exchanges.refresh();
      timeline.refresh();
      frame.route();
    }),
  );
}
