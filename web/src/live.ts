// The live page.

import { api } from "./api";
import { fill, h } from "./dom";
import { listen } from "./events";
import { exchangesView } from "./exchanges";
import type { Exchange, Overview, Source, Summary, Unmatched } from "./model";
import { scenariosView } from "./scenarios";
import { sessionsView } from "./sessions";
import { goTo, shell } from "./shell";
import { timelineView } from "./timeline";
import { verdictView } from "./verdict";

/** Exchanges that the page keeps; the oldest go. */
const KEPT = 20_000;

/** The verdict is asked for again this long after something happened; where it takes long, so many times that. */
const PATIENCE = 1000;
const TIMES = 20;
let patience = PATIENCE;

let rows: Summary[] = [];
let waiting: Summary[] = [];
let overview: Overview | undefined;
let paused = false;
let lost = 0;

const asked = h("dialog", { class: "token" });
const calls = api((why) => new Promise((resolve) => {
  const token = h("input", { type: "password", name: "token", "aria-label": "Admin token", required: true, autocomplete: "off" });
  const form = h("form", { method: "dialog" }, h("p", {}, why), token, h("button", {}, "Go on"));
  form.addEventListener("submit", () => resolve(token.value));
  asked.addEventListener("cancel", (event) => event.preventDefault());
  fill(asked, form);
  if (!asked.open) asked.showModal();
}));

const source: Source = {
  overview: () => overview,
  rows: () => rows,
  exchange: (number) => calls.call<Exchange>("GET", `exchanges/${number}`).catch(() => undefined),
  async unmatched(number) {
    const path = `unmatched?after=${number - 1}&limit=1`;
    const { unmatched } = await calls.call<{ unmatched: Unmatched[] }>("GET", path).catch(() => ({ unmatched: [] }));
    return unmatched.find((one) => one.exchange === number);
  },
};

const exchanges = exchangesView(source, goTo, true);
const timeline = timelineView(source, goTo);
const sessions = sessionsView(calls);
const scenarios = scenariosView(calls, source);
const verdict = h("div", {});
let reveal: (number: number) => boolean = () => false;

const state = h("span", { class: "state", role: "status" }, "connecting");
const gone = h("span", { class: "warn", role: "status" });
const pause = h("button", { type: "button", class: "small", "aria-pressed": "false" }, "Pause");
pause.addEventListener("click", () => {
  paused = !paused;
  pause.setAttribute("aria-pressed", String(paused));
  plan();
});
const clear = h("button", { type: "button", class: "small", title: "Forgets every exchange; sessions stay where they are" }, "Clear");
clear.addEventListener("click", () => void calls.call("DELETE", "exchanges").then(() => askOverview()));

let planned = false;
function plan(): void {
  if (paused) {
    pause.textContent = waiting.length > 0 ? `Go on (${waiting.length})` : "Go on";
    return;
  }
  pause.textContent = "Pause";
  if (planned) return;
  planned = true;
  requestAnimationFrame(() => {
    planned = false;
    take();
    refresh();
  });
}

/** Takes in what was heard: an exchange that is known is told of anew. */
function take(): void {
  const places = new Map<number, number>();
  const from = rows.length - 2000;
  for (let place = Math.max(0, from); place < rows.length; place += 1) places.set(rows[place]?.exchange ?? 0, place);
  const fresh: Summary[] = [];
  rows = rows.slice();
  for (const row of waiting) {
    const place = places.get(row.exchange) ?? (row.exchange <= (rows.at(-1)?.exchange ?? 0) ? found(row.exchange) : undefined);
    if (place === undefined) fresh.push(row);
    else rows[place] = row;
  }
  waiting = [];
  const known = new Map(fresh.map((row) => [row.exchange, row]));
  rows.push(...known.values());
  if (known.size > 0) rows.sort((one, other) => one.exchange - other.exchange);
  if (rows.length > KEPT) rows = rows.slice(-KEPT);
}

function found(number: number): number | undefined {
  const place = rows.findIndex((row) => row.exchange === number);
  return place < 0 ? undefined : place;
}

function refresh(): void {
  if (frame?.tab === "exchanges") exchanges.refresh();
  if (frame?.tab === "timeline") timeline.refresh();
  gone.textContent = lost > 0 ? `${lost.toLocaleString("en")} exchanges came too fast to be listed, or had left the journal` : "";
}

let due: number | undefined;
function askLater(): void {
  due ??= window.setTimeout(askOverview, patience);
}

/** Asks for what the tab in sight shows. */
function askOverview(): void {
  due = undefined;
  if (frame?.tab === "sessions") void sessions.refresh();
  if (frame?.tab === "scenarios") void scenarios.refresh();
  if (frame?.tab === "verdict" || frame?.tab === "timeline" || overview === undefined) {
    const asked = performance.now();
    void calls.call<Overview>("GET", "report").then((found) => {
      patience = Math.max(PATIENCE, TIMES * (performance.now() - asked));
      overview = found;
      if (frame?.tab === "timeline") timeline.refresh();
      const view = verdictView(found);
      // Whoever reads should not lose the place.
      const panel = verdict.parentElement;
      const top = panel?.scrollTop ?? 0;
      fill(verdict, view.element);
      if (panel) panel.scrollTop = top;
      reveal = view.reveal;
    }, () => undefined);
  }
}

const root = document.getElementById("app");
const frame = root ? shell(root, {
  source,
  exchanges,
  beside: [state, pause, clear, gone],
  finding: (number) => reveal(number),
  tabs: [
    { name: "exchanges", label: "Exchanges", element: exchanges.element, shown: exchanges.refresh },
    { name: "timeline", label: "Timeline", element: timeline.element, shown: () => (timeline.refresh(), askOverview()) },
    { name: "sessions", label: "Sessions", element: sessions.element, shown: askOverview },
    { name: "scenarios", label: "Scenarios", element: scenarios.element, shown: askOverview },
    { name: "verdict", label: "Verdict", element: verdict, shown: askOverview },
  ],
}) : undefined;
root?.after(asked);
frame?.route();

void listen(calls, ({ name, data }) => {
  const told = JSON.parse(data) as unknown;
  if (name === "exchange") {
    waiting.push(told as Summary);
  } else if (name === "lost") {
    lost += (told as { count: number }).count;
  } else if (name === "cleared") {
    const before = (told as { before: number }).before;
    rows = rows.filter((row) => row.exchange >= before);
    waiting = waiting.filter((row) => row.exchange >= before);
    lost = 0;
  }
  plan();
  askLater();
}, (open) => {
  state.textContent = open ? "live" : "not connected";
  state.classList.toggle("open", open);
});
