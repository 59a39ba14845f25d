// The verdict: what is to be said first.

import { coverageView } from "./coverage";
import { type Child, h } from "./dom";
import { type Findings, findingsView, numbersView } from "./findings";
import type { Overview, SessionVerdict } from "./model";
import { table } from "./section";
import { sweepView } from "./sweep";
import { count, UNKNOWN } from "./words";

export function verdictView(overview: Overview): Findings {
  const findings = findingsView(overview);
  const passed = overview.verdict === "passed";
  const calls = overview.sessions.reduce((sum, session) => sum + session.calls, 0);
  const wrong = overview.findings.filter((finding) => finding.fails).length;
  const banner = h(
    "header",
    { class: `banner ${passed ? "passed" : "failed"}` },
    h("h1", {}, passed ? "Passed" : "Failed"),
    h("p", {}, overview.reasons.join(", ") || "The clients kept the contract and did what was expected."),
    h("p", { class: "figures" }, `${count(calls, "call")} in ${count(overview.sessions.length, "session")}, `,
      count(wrong, "finding"), wrong === 1 ? " that fails" : " that fail"),
  );
  const element = h(
    "div",
    { class: "verdict" },
    overview.note !== undefined && h("p", { class: "overflow", role: "alert" }, `Not everything is here: ${overview.note}.`),
    banner,
    findings.element,
    overview.sweep && sweepView(overview.sweep),
    expectations(overview.sessions),
    noticed(overview),
    operations(overview.sessions),
    overview.coverage && coverageView(overview.coverage),
  );
  return { element, reveal: findings.reveal };
}

function expectations(sessions: SessionVerdict[]): Child {
  const rows = sessions.flatMap((session) => session.expectations.map((one) =>
    h("tr", {}, h("td", { class: one.met ? "good" : "bad" }, one.met ? "met" : "not met"),
      h("td", {}, `${one.scenario}, ${one.expectation}`), h("td", {}, one.about), h("td", {}, one.expected),
      h("td", {}, one.found), h("td", {}, session.session))));
  return table("Expectations", ["", "Scenario", "About", "Expected", "Found", "Session"], rows);
}

function noticed(overview: Overview): Child {
  const all = [...overview.noticed, ...overview.sessions.flatMap((session) => session.noticed)];
  if (all.length === 0) return undefined;
  return h("section", { "aria-label": "Noticed" }, h("h2", {}, "Worth a look"), h("ul", {}, ...all.slice(0, 200).map((one) =>
    h("li", {}, one.text, " ", one.exchanges.count > 0 && numbersView(one.exchanges)))));
}

function operations(sessions: SessionVerdict[]): Child {
  const rows = sessions.flatMap((session) => session.operations.map((one) =>
    h("tr", {}, h("td", {}, session.session), h("td", {}, one.service ?? ""), h("td", {}, one.operation ?? UNKNOWN),
      h("td", { class: "number" }, one.accepted),
      h("td", { class: one.refused > 0 ? "number bad" : "number" }, one.refused))));
  return table("Operations", ["Session", "Service", "Operation", "Accepted", "Refused"], rows);
}
