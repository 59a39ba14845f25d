// When things happened in a session: attempts and the waits between them, faults, resends.

import { fill, h } from "./dom";
import type { Retry, Source, Summary } from "./model";
import { type Windowed, windowed } from "./table";
import { clock, duration, instant, tone, UNKNOWN } from "./words";

export interface Timeline {
  readonly element: HTMLElement;
  /** Shows what there is now. */
  refresh(): void;
}

/** What an attempt followed. */
interface Before {
  wait?: number | undefined;
  asked?: number | undefined;
  /** Its place among the attempts, from 1. */
  place: number;
}

export function timelineView(source: Source, chosen: (number: number) => void): Timeline {
  const session = h("select", { "aria-label": "Session" });
  const axis = h("span", { class: "axis", "aria-hidden": "true" });
  const summary = h("span", { class: "muted" });
  let before = new Map<number, Before>();
  let known = "";
  /** The time that is in sight, in milliseconds. */
  let from = 0;
  let span = 1;

  const list: Windowed<Summary> = windowed({
    label: "Timeline",
    empty: "Nothing was called in this session.",
    before(rows) {
      from = Math.min(...rows.map((row) => instant(row.received) - (before.get(row.exchange)?.wait ?? 0)));
      const end = Math.max(...rows.map((row) => instant(row.received) + (row.duration_ms ?? 0)));
      if (rows.length === 0) from = 0;
      span = Math.max(1, end - from) * 1.02;
      const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => {
        const tick = h("span", {}, part === 0 ? clock(rows[0]?.received ?? "") : `+${duration(part * span)}`);
        tick.style.left = `${part * 100}%`;
        return tick;
      });
      fill(axis, ...(rows.length === 0 ? [] : ticks));
    },
    row: (row) => drawn(row),
    chosen: (row) => chosen(row.exchange),
  });

  function drawn(row: Summary): HTMLElement {
    const start = instant(row.received);
    const attempt = before.get(row.exchange);
    const lane = h("span", { class: "lane" });
    const bar = (kind: string, at: number, long: number, title: string): void => {
      const element = h("span", { class: kind, title });
      element.style.left = `${((at - from) / span) * 100}%`;
      element.style.width = `max(3px, ${(long / span) * 100}%)`;
      lane.append(element);
    };
    if (attempt?.wait !== undefined) bar("wait", start - attempt.wait, attempt.wait, `waited ${duration(attempt.wait)}`);
    const long = row.duration_ms ?? row.delay_ms ?? 0;
    bar(`bar ${tone(row)}`, start, long, `${row.status}, ${duration(long)}`);
    if (row.first_ms !== undefined && row.first_ms < long) bar("sending", start + row.first_ms, long - row.first_ms, "sending");
    return h("div", { class: "moment" },
      h("span", { class: "number" }, row.exchange),
      h("span", { class: "name" }, row.operation ?? UNKNOWN),
      h("span", { class: `status ${tone(row)}` }, row.status),
      lane,
      h("span", { class: "said" }, said(row, attempt)));
  }

  function refresh(): void {
    const overview = source.overview();
    const rows = source.rows();
    const names = [...new Set(rows.map((row) => row.session))].sort();
    if (names.join("\n") !== known) {
      known = names.join("\n");
      const chosenBefore = session.value;
      fill(session, ...names.map((name) => h("option", { value: name }, name)));
      session.value = names.includes(chosenBefore) ? chosenBefore : names.includes("default") ? "default" : (names[0] ?? "");
    }
    const wanted = session.value;
    const retries = (overview?.retries ?? []).filter((run) => run.session === wanted);
    before = attempts(retries);
    const shown = rows.filter((row) => row.session === wanted);
    const resends = shown.filter((row) => row.resends !== undefined).length;
    const leftOut = overview?.retries_left_out ?? 0;
    summary.textContent = `${shown.length} calls, ${retries.length} of them attempted again, ${resends} resent`
      + (leftOut > 0 ? `; ${leftOut} more attempted again have no room here` : "");
    list.show(shown);
  }

  session.addEventListener("input", refresh);
  const element = h("section", { class: "timeline", "aria-label": "Timeline" },
    h("div", { class: "filter" }, session, summary), h("div", { class: "moment head" }, axis), list.element);
  return { element, refresh };
}

function attempts(retries: Retry[]): Map<number, Before> {
  const all = new Map<number, Before>();
  for (const run of retries) {
    run.attempts.forEach(({ exchange, wait_ms, asked_ms }, index) => {
      all.set(exchange, { wait: wait_ms, asked: asked_ms, place: index + 1 });
    });
  }
  return all;
}

function said(row: Summary, attempt: Before | undefined): string {
  const words: string[] = [];
  if (attempt) words.push(`attempt ${attempt.place}`);
  if (attempt?.wait !== undefined) words.push(`waited ${duration(attempt.wait)}`);
  if (attempt?.asked !== undefined) words.push(`asked ${duration(attempt.asked)}`);
  if (row.resends !== undefined) words.push(`resends #${row.resends}`);
  if (row.fault !== undefined) words.push(`fault ${row.fault}`);
  if (row.ended === "client_left") words.push("client left");
  if ((row.violations ?? 0) > 0) words.push("breaks the contract");
  return words.join(" · ");
}
