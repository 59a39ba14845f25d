// The matrix of a sweep: of each operation, what the suite did when which error or fault came.

import { type Child, h } from "./dom";
import type { Sweep, SweptRun } from "./model";
import { table } from "./section";
import { count, duration } from "./words";

const REACTIONS: Record<SweptRun["reaction"], string> = {
  failed: "failed as it should",
  passed: "passed all the same",
  not_reached: "not reached",
  hung: "hung",
  crashed: "crashed",
};

export function sweepView(sweep: Sweep): Child {
  const reactions = Object.entries(REACTIONS) as [SweptRun["reaction"], string][];
  const legend = reactions.filter(([name]) => sweep.counts[name] > 0).map(([name, words]) =>
    h("li", {}, h("span", { class: `chip ${name}` }, sweep.counts[name]), ` ${words}`));
  const notes = [
    sweep.not_run > 0 && `${count(sweep.not_run, "run")} not made: ${sweep.interrupted ? "interrupted" : "left out by the limit"}`,
    sweep.not_called.length > 0 && `the suite does not call ${sweep.not_called.join(", ")}`,
    `the plain run took ${duration(sweep.plain_ms)}, a run hangs after ${duration(sweep.limit_ms)}`,
  ].filter((note) => note !== false);
  return h("section", { "aria-label": "Sweep", class: "sweep" }, h("h2", {}, "Sweep"),
    h("ul", { class: "legend" }, ...legend), h("p", { class: "muted" }, notes.join("; ")),
    table("What the suite did", ["Operation", "Errors", "Faults", "Left out"], operations(sweep)));
}

function operations(sweep: Sweep): HTMLElement[] {
  const key = (one: { service: string; operation: string }) => `${one.service} ${one.operation}`;
  const names = [...new Set([...sweep.runs, ...sweep.left_out].map(key))];
  return names.map((name) => {
    const runs = sweep.runs.filter((run) => key(run) === name);
    const left = sweep.left_out.filter((one) => key(one) === name);
    const [service, operation] = name.split(" ");
    return h("tr", {}, h("td", { title: service }, operation), chips(runs.filter((run) => run.error !== null)),
      chips(runs.filter((run) => run.fault !== null)),
      h("td", {}, left.length > 0 && h("details", {}, h("summary", {}, left.length),
        h("ul", {}, ...left.map((one) => h("li", {}, `${one.error ?? one.fault}: ${one.why}`))))));
  });
}

function chips(runs: SweptRun[]): HTMLElement {
  return h("td", {}, h("div", { class: "chips" }, ...runs.map((run) =>
    h("span", { class: `chip ${run.reaction}`, title: told(run) }, run.error ?? run.fault,
      h("span", { class: "offscreen" }, `: ${REACTIONS[run.reaction]}`)))));
}

/** Everything about a run in a sentence. */
function told(run: SweptRun): string {
  const end = run.signal !== null ? `signal ${run.signal}` : run.exit_status !== null ? `exit status ${run.exit_status}` : "no end";
  const parts = [REACTIONS[run.reaction], end, duration(run.duration_ms), `${count(run.delivered, "call")} got it`];
  if (run.broken_calls > 0) parts.push(`${count(run.broken_calls, "call")} broke the contract`);
  if (run.output !== null) parts.push(run.output);
  return parts.join(", ");
}
