// How much of the contract was covered: by group, by operation that was called, by fault.

import { type Child, h } from "./dom";
import type { Coverage, CoveredGroup, CoveredOperation, Share } from "./model";
import { table } from "./section";

export function coverageView(coverage: Coverage): Child {
  const { operations, errors, edges, faults } = coverage.totals;
  const called = coverage.groups.flatMap((group) => group.operations.map((one) => operation(group, one)));
  const seen = coverage.faults.filter((one) => one.seen > 0).map((one) =>
    h("tr", {}, h("td", {}, one.fault), number(one.seen), number(one.retried), number(one.survived)));
  return h("section", { "aria-label": "Coverage", class: "coverage" }, h("h2", {}, "Coverage of the contract"),
    h("p", { class: "figures" }, `operations ${told(operations)}, errors ${told(errors)}, edges ${told(edges)}, faults ${told(faults)}`),
    table("Coverage by group", ["Group", "Operations", "Errors", "Edges", "Never called"], coverage.groups.map(groupRow)),
    table("Coverage of what was called", ["Operation", "Called", "Accepted", "Refused", "Errors shown", "Edges not reached"], called),
    table("Faults seen", ["Fault", "Seen", "Retried", "Survived"], seen));
}

function told(share: Share): string {
  return `${share.covered} of ${share.all}`;
}

function number(value: number): HTMLElement {
  return h("td", { class: "number" }, value);
}

/** A share as figures, with a bar for the eye. */
function bar(share: Share): HTMLElement {
  return h("td", { class: "share" }, share.all > 0 &&
    h("meter", { min: 0, max: share.all, value: share.covered, "aria-label": told(share) }), ` ${share.covered}/${share.all}`);
}

function groupRow(group: CoveredGroup): HTMLElement {
  const { operations, errors, edges } = group.totals;
  return h("tr", {}, h("td", {}, `${group.service}: ${group.group}`), bar(operations), bar(errors), bar(edges),
    h("td", {}, list(group.not_called, (name) => name)));
}

function operation(group: CoveredGroup, one: CoveredOperation): HTMLElement {
  const shown = one.errors.filter((error) => error.shown > 0);
  return h("tr", {}, h("td", { title: group.service }, one.operation), number(one.called), number(one.accepted), number(one.refused),
    h("td", {}, list(shown, (error) => `${error.code}: retried ${error.retried}, recovered ${error.recovered}, gave up ${error.gave_up}`)),
    h("td", {}, list(one.edges_missing, (edge) => `${edge.at} ${edge.edge}`)));
}

/** A list that opens, so that a table stays one. */
function list<T>(items: T[], text: (item: T) => string): Child {
  if (items.length === 0) return undefined;
  return h("details", {}, h("summary", {}, items.length), h("ul", {}, ...items.map((item) => h("li", {}, text(item)))));
}
