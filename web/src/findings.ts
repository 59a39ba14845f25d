// What is wrong, grouped by its kind.

import { type Child, h } from "./dom";
import { link, pageView } from "./exchange";
import type { Finding, Numbers, Overview } from "./model";
import { count, more } from "./words";

/** Findings of a group that are shown at a time. */
const SHOWN = 100;

export interface Findings {
  readonly element: HTMLElement;
  /** Brings a finding in sight, by its number from 1. */
  reveal(number: number): boolean;
}

export function findingsView(overview: Overview): Findings {
  const groups = new Map<string, [number, Finding][]>();
  overview.findings.forEach((finding, index) => {
    const group = groups.get(finding.kind) ?? [];
    group.push([index + 1, finding]);
    groups.set(finding.kind, group);
  });
  const reveals: ((number: number) => boolean)[] = [];
  const element = h("section", { class: "findings", "aria-label": "Findings" }, h("h2", {}, "Findings"));
  if (groups.size === 0) element.append(h("p", { class: "empty" }, "There is nothing to find fault with."));
  for (const [kind, findings] of groups) {
    const { group, reveal } = groupView(kind, overview.meanings[kind] ?? "", findings);
    element.append(group);
    reveals.push(reveal);
  }
  const leftOut = overview.sessions.reduce((sum, session) => sum + session.findings_left_out, 0);
  if (leftOut > 0) element.append(h("p", { class: "empty" }, `${count(leftOut, "more finding")} had no room.`));
  return { element, reveal: (number) => reveals.some((reveal) => reveal(number)) };
}

function groupView(kind: string, meaning: string, findings: [number, Finding][]) {
  const list = h("div", {});
  const rest = h("button", { type: "button", class: "small" });
  let shown = 0;
  const draw = (to: number): void => {
    for (const [number, finding] of findings.slice(shown, to)) list.append(findingView(number, finding));
    shown = Math.min(to, findings.length);
    rest.hidden = shown === findings.length;
    rest.textContent = `Show ${Math.min(SHOWN, findings.length - shown)} of ${findings.length - shown} more`;
  };
  rest.addEventListener("click", () => draw(shown + SHOWN));
  draw(SHOWN);
  const fails = findings.some(([, finding]) => finding.fails);
  const group = h("details", { class: `group ${fails ? "fails" : "notes"}` },
    h("summary", {}, h("b", {}, kind), " ", h("span", { class: "badge" }, findings.length), " ",
      h("span", { class: "muted" }, meaning)),
    list, rest);
  group.open = fails || findings.length <= 20;
  return {
    group,
    reveal(number: number) {
      const index = findings.findIndex(([other]) => other === number);
      if (index < 0) return false;
      group.open = true;
      if (index >= shown) draw(index + 1);
      const card = document.getElementById(`finding-${number}`);
      for (const other of document.querySelectorAll(".finding.chosen")) other.classList.remove("chosen");
      card?.classList.add("chosen");
      card?.scrollIntoView({ block: "center" });
      return true;
    },
  };
}

function findingView(number: number, finding: Finding): HTMLElement {
  const unknown = finding.kind.startsWith("contract/") ? "unknown operation" : "";
  const line = finding.line;
  return h(
    "div",
    { class: "finding", id: `finding-${number}` },
    h("h3", {}, h("a", { href: `#finding-${number}`, title: "A link to this finding" }, finding.operation ?? unknown),
      " ", h("code", {}, finding.at)),
    h("dl", {}, h("div", {}, h("dt", {}, "expected"), h("dd", {}, finding.expected)),
      h("div", {}, h("dt", {}, "found"), h("dd", { class: finding.fails ? "bad" : "" }, finding.found))),
    h("p", { class: "muted" },
      finding.session !== null && h("span", {}, `session ${finding.session}`),
      finding.exchanges.count > 0 && numbersView(finding.exchanges),
      line && h("span", {}, `${line.file}:${line.line}:${line.column}`),
      ...finding.documentation.map(pageView)),
  );
}

/** Links to exchanges. */
export function numbersView(numbers: Numbers): HTMLElement {
  const links = numbers.first.flatMap((number, index): Child[] => [index > 0 && ", ", link(number)]);
  const rest = more(numbers);
  return h("span", {}, numbers.count === 1 ? "exchange " : "exchanges ", ...links, rest > 0 && ` and ${rest} more`);
}
