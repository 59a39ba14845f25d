// One exchange: request and answer side by side, and what is to be said of each line.

import { bodyLines, type Line, lineOf, queryLines, SHOWN } from "./body";
import { curl, rule } from "./copy";
import { type Child, copies, fill, h } from "./dom";
import type { Exchange, Page, Retry, Source, Unmatched, Violation } from "./model";
import { clock, duration, ending, instant, size, tone, UNKNOWN } from "./words";

interface Note extends Violation {
  warns: boolean;
}

/** Everything about an exchange. */
export function exchangeView(exchange: Exchange, source: Source): HTMLElement {
  const { request, response } = exchange;
  const overview = source.overview();
  const notes: Note[] = [
    ...exchange.violations.map((found) => ({ ...found, warns: false })),
    ...exchange.warnings.map((found) => ({ ...found, warns: true })),
  ];
  const first: Line = { text: `${request.method ?? ""} ${request.target ?? ""}`.trim(), at: ["/path", "/query"] };
  const sections: [string, Line[]][] = [
    ["", request.method === undefined ? [] : [first, ...queryLines(request.target ?? "")]],
    ["Body", bodyLines(request)],
    ["Headers", headerLines(request.headers)],
  ];
  const status = h("b", { class: tone({ status: response.status, ended: exchange.outcome?.ended ?? "" }) }, response.status);
  const why = h("div");
  if (exchange.answer.startsWith("example") || exchange.operation === null) {
    void source.unmatched(exchange.exchange).then((found) => found && fill(why, unmatchedView(found)));
  }
  return h(
    "article",
    { class: "exchange", "aria-label": `Exchange ${exchange.exchange}` },
    h("h2", {}, h("a", { href: `#exchange-${exchange.exchange}` }, `#${exchange.exchange}`), " ",
      exchange.operation ?? UNKNOWN, " ", status),
    h("p", { class: "actions" },
      request.method !== undefined && copies("Copy as curl", () => curl(exchange, overview?.url || (location.protocol === "file:" ? "" : location.origin))),
      exchange.operation !== null && copies("Copy as a rule", () => rule(exchange)),
      copies("Copy as JSON", () => JSON.stringify(exchange, null, 2))),
    facts(exchange, overview?.retries ?? []),
    why,
    h("div", { class: "sides" },
      side("Request", sections, notes, exchange.documentation ?? []),
      side("Answer", [
        ["Body", bodyLines(response)],
        ["Headers", headerLines(response.headers)],
      ], [], [])),
    signature(exchange),
  );
}

function headerLines(headers: [string, string][] | undefined): Line[] {
  return (headers ?? []).map(([name, value]) => ({
    text: `${name}: ${value}`,
    at: [`/headers/${name}`, `/params/${name}`],
  }));
}

function side(title: string, sections: [string, Line[]][], notes: Note[], pages: Page[]): HTMLElement {
  const element = h("section", { class: "side" }, h("h3", {}, title));
  const placed = new Map<Line, Note[]>();
  const lost: Note[] = [];
  const all = sections.flatMap(([, lines]) => lines);
  for (const note of notes) {
    const line = all[lineOf(all, note.at)];
    if (line) placed.set(line, [...(placed.get(line) ?? []), note]);
    else lost.push(note);
  }
  element.append(...lost.map((note) => noteView(note, pages)));
  for (const [name, lines] of sections) {
    if (lines.length === 0) continue;
    if (name) element.append(h("h4", {}, name));
    element.append(linesView(lines, placed, pages));
  }
  if (all.length === 0) element.append(h("p", { class: "empty" }, "Nothing"));
  return element;
}

function linesView(lines: Line[], placed: Map<Line, Note[]>, pages: Page[]): HTMLElement {
  const element = h("div", { class: "code" });
  const draw = (from: number, to: number): void => {
    for (const line of lines.slice(from, to)) {
      const notes = placed.get(line) ?? [];
      const mark = notes.some((note) => !note.warns) ? " wrong" : notes.length > 0 ? " warned" : "";
      element.append(h("div", { class: `line${mark}` }, line.text || " "));
      element.append(...notes.map((note) => noteView(note, pages)));
    }
  };
  // Up to the last line that something is said of, or as many as fit well.
  const last = lines.findLastIndex((line) => placed.has(line));
  const shown = Math.min(lines.length, Math.max(SHOWN, last + 1));
  draw(0, shown);
  if (shown < lines.length) {
    const more = h("button", { type: "button", class: "small" }, `Show ${lines.length - shown} more lines`);
    more.addEventListener("click", () => {
      more.remove();
      draw(shown, lines.length);
    });
    return h("div", {}, element, more);
  }
  return element;
}

function noteView(note: Note, pages: Page[]): HTMLElement {
  return h(
    "div",
    { class: note.warns ? "note warns" : "note" },
    h("span", { class: "rule" }, `${note.warns ? "Warning" : "Violation"}: ${note.rule}`),
    h("span", { class: "place" }, note.at),
    h("span", {}, "expected ", h("b", {}, note.expected), ", found ", h("b", {}, note.found)),
    ...pages.map(pageView),
  );
}

/** A page of the vendor's documentation, and its edition. */
export function pageView({ page, edition }: Page): HTMLElement {
  return h("span", { class: "page" }, `${page} (edition ${edition})`);
}

function facts(exchange: Exchange, retries: Retry[]): HTMLElement {
  const { sent, outcome, received, connection } = exchange;
  const start = instant(received.head);
  const after = (time: string | null | undefined): string | undefined =>
    time ? `+${duration(Math.max(0, instant(time) - start))}` : undefined;
  const retry = retries.find((run) => run.attempts.some((attempt) => attempt.exchange === exchange.exchange));
  const list: [string, Child][] = [
    ["Answered by", exchange.answer],
    ["Session", exchange.session],
    ["Ended", outcome ? `${ending(outcome.ended)} ${after(outcome.at) ?? ""}` : "under way"],
    ["Received", clock(received.head)],
    ["Session's time", exchange.time !== received.head && exchange.time],
    ["Call of the operation", exchange.attempt > 0 && `number ${exchange.attempt} of its session`],
    ["Request complete", received.body !== received.head && after(received.body)],
    ["Bytes left", sent && sent.bytes > 0 && `${size(sent.bytes)}, first ${after(sent.first) ?? "?"}, last ${after(sent.last) ?? "?"}`],
    ["Connection", connection.number > 0 && `${connection.number}, HTTP/${connection.http}${connection.stream === undefined ? "" : `, stream ${connection.stream}`}`],
    ["Refused as", exchange.refusal],
    ["Fault", exchange.fault],
    ["Delay", exchange.delay_ms !== undefined && duration(exchange.delay_ms)],
    ["Asked to wait", exchange.retry_after_ms !== undefined && duration(exchange.retry_after_ms)],
    ["Resends", exchange.resends !== undefined && link(exchange.resends)],
    ["Attempts", retry && attempts(retry)],
    ["World", exchange.world && world(exchange.world)],
  ];
  const shown = list.filter(([, value]) => value !== undefined && value !== null && value !== false && value !== "");
  return h("dl", { class: "facts" }, ...shown.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

function attempts(retry: Retry): HTMLElement {
  return h("span", {}, ...retry.attempts.slice(0, 20).flatMap((attempt, index) => {
    const wait = attempt.wait_ms === undefined ? "" : ` after ${duration(attempt.wait_ms)}`;
    const asked = attempt.asked_ms === undefined ? "" : ` (asked ${duration(attempt.asked_ms)})`;
    return [index > 0 && ", ", link(attempt.exchange), `${wait}${asked}`];
  }));
}

function world(world: NonNullable<Exchange["world"]>): string {
  const parts = (["created", "changed", "removed"] as const).filter((part) => world[part].length > 0);
  return [world.took, ...parts.map((part) => `${part} ${world[part].join(", ")}`)].join("; ");
}

/** A link to an exchange. */
export function link(number: number): HTMLAnchorElement {
  return h("a", { href: `#exchange-${number}` }, `#${number}`);
}

function unmatchedView(unmatched: Unmatched): HTMLElement {
  const rules = unmatched.closest.map(({ rule, why }) =>
    h("li", {}, h("b", {}, rule), ": ", (Array.isArray(why) ? why : [why]).join("; ")));
  const none = unmatched.rules === 0 && h("p", {}, "No rule names this operation.");
  return h("div", { class: "why" }, h("h3", {}, "Why no rule answered"), none, h("ul", {}, ...rules));
}

function signature({ signature }: Exchange): Child {
  if (!signature) return undefined;
  return h(
    "section",
    { class: "signature" },
    h("h3", {}, "The signature does not fit"),
    signature.hint ? h("p", { class: "note" }, signature.hint) : undefined,
    h("h4", {}, "What the stand-in made canonical"),
    h("pre", { class: "code" }, signature.canonical),
    h("h4", {}, "What it signed"),
    h("pre", { class: "code" }, signature.string_to_sign),
  );
}
