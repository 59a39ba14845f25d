// Scenarios: how often each answer was given, and an editor that knows the contract.

import { type Api, Problem } from "./api";
import { type Child, fill, h } from "./dom";
import type { Source } from "./model";
import { count } from "./words";

interface Summary {
  scenario: string;
  summary: string | null;
  rules: number;
}

interface Scenario {
  scenario: string;
  text: string;
  rules: { rule: string; operations: string[]; answers: string[] }[];
}

interface Diagnostic {
  severity: string;
  message: string;
  line?: number;
  column?: number;
  end_line?: number;
  end_column?: number;
  label?: string;
  notes?: string[];
  help?: string;
}

export interface Scenarios {
  readonly element: HTMLElement;
  refresh(): Promise<void>;
}

/** What is typed is checked when there was a rest of so many milliseconds. */
const REST = 250;

const NEW = "scenario: new\nrules:\n  - operation: CreateShare\n    answers:\n      - 503\n      - example\n";

/** The media type of what is typed. */
const YAML = "application/yaml";

export function scenariosView(api: Api, source: Source): Scenarios {
  const chosen = h("select", { "aria-label": "Scenario" });
  const fresh = h("button", { type: "button" }, "New");
  const save = h("button", { type: "button", class: "main" }, "Save and play");
  const remove = h("button", { type: "button" }, "Remove");
  const state = h("span", { class: "muted", role: "status" });
  const text = h("textarea", { class: "code", "aria-label": "The scenario", spellcheck: "false", wrap: "off", rows: 18 });
  const found = h("ul", { class: "diagnostics", "aria-label": "Diagnostics", "aria-live": "polite" });
  const answers = h("div", {});
  const element = h("section", { class: "scenarios", "aria-label": "Scenarios" },
    h("p", { class: "actions" }, chosen, fresh, save, remove, state),
    h("div", { class: "sides" }, h("div", { class: "side" }, text, found), h("div", { class: "side" }, answers)));
  let changed = false;
  let due: number | undefined;
  /** Of two checks the newer one counts. */
  let checks = 0;

  /** The name that a text gives its scenario. */
  const named = (): string => /^scenario:\s*["']?([\w.-]+)/m.exec(text.value)?.[1] ?? "scenario";
  const path = (name: string): string => `scenarios/${encodeURIComponent(name)}`;

  async function refresh(): Promise<void> {
    try {
      const { scenarios } = await api.call<{ scenarios: Summary[] }>("GET", "scenarios");
      const before = chosen.value;
      fill(chosen, ...scenarios.map(({ scenario }) => h("option", { value: scenario }, scenario)));
      if (scenarios.some(({ scenario }) => scenario === before)) chosen.value = before;
      if (!changed && chosen.value !== before) await open();
      if (scenarios.length === 0 && text.value === "") begin();
      await tell();
    } catch (error) {
      told(error);
    }
  }

  /** Shows the text of the scenario that is chosen. */
  async function open(): Promise<void> {
    if (chosen.value === "") return;
    const scenario = await api.call<Scenario>("GET", path(chosen.value));
    text.value = scenario.text;
    changed = false;
    state.textContent = "";
    fill(found);
    await tell();
  }

  function begin(): void {
    text.value = NEW;
    changed = true;
    void check();
    text.focus();
  }

  /** Says how often each answer was given. */
  async function tell(): Promise<void> {
    if (chosen.value === "") return fill(answers);
    const scenario = await api.call<Scenario>("GET", path(chosen.value));
    const given = new Map<string, number>();
    for (const row of source.rows()) {
      const label = row.answer.split("!")[0] ?? "";
      given.set(label, (given.get(label) ?? 0) + 1);
    }
    fill(answers, h("h3", {}, "How often each answer was given"),
      h("p", { class: "muted" }, "In the exchanges that are listed."),
      ...scenario.rules.map(({ rule, operations, answers: all }): Child =>
        h("div", {}, h("h4", {}, rule.replace(/^scenario:/, ""), " ", operations.slice(0, 6).join(", "), operations.length > 6 && ", ..."),
          h("dl", { class: "pairs" }, ...all.map((label) => {
            const times = given.get(label.split("!")[0] ?? "") ?? 0;
            return h("div", {}, h("dt", {}, label.replace(/^scenario:/, "")), h("dd", { class: times === 0 ? "warn" : "" }, times));
          })))));
  }

  /** Checks what was typed; nothing is played by that. */
  async function check(): Promise<void> {
    const mine = (checks += 1);
    try {
      const { diagnostics } = await api.call<{ diagnostics: Diagnostic[] }>("PUT", `${path(named())}?check=true`, text.value, YAML);
      if (mine === checks) show(diagnostics, diagnostics.length === 0 ? "No mistakes" : count(diagnostics.length, "warning"));
    } catch (error) {
      if (mine === checks) told(error);
    }
  }

  async function play(): Promise<void> {
    checks += 1;
    try {
      const name = named();
      const { diagnostics } = await api.call<{ diagnostics: Diagnostic[] }>("PUT", path(name), text.value, YAML);
      changed = false;
      show(diagnostics, "Saved: it is played from now on");
      await refresh();
      chosen.value = name;
      await tell();
    } catch (error) {
      told(error);
    }
  }

  function told(error: unknown): void {
    const body = error instanceof Problem ? (error.body as { diagnostics?: Diagnostic[] } | undefined) : undefined;
    if (body?.diagnostics) return show(body.diagnostics, count(body.diagnostics.length, "mistake"));
    show([], error instanceof Problem ? error.message : "The stand-in does not answer.");
  }

  function show(diagnostics: Diagnostic[], words: string): void {
    state.textContent = words;
    fill(found, ...diagnostics.slice(0, 100).map((one) => {
      const place = h("button", { type: "button", class: "small" }, one.line === undefined ? "file" : `line ${one.line}`);
      place.addEventListener("click", () => mark(one));
      return h("li", { class: one.severity === "error" ? "note" : "note warns" }, place, " ", h("b", {}, one.message),
        one.label ? h("span", {}, one.label) : undefined, ...(one.notes ?? []).map((note) => h("span", {}, note)),
        one.help !== undefined && h("span", { class: "muted" }, `help: ${one.help}`));
    }));
  }

  /** Selects what a mistake is about. */
  function mark({ line, column, end_line, end_column }: Diagnostic): void {
    if (line === undefined) return;
    const lines = text.value.split("\n");
    // Columns are counted in characters, a selection in units of UTF-16.
    const offset = (line: number, column: number): number =>
      lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + [...(lines[line - 1] ?? "")].slice(0, column - 1).join("").length;
    text.focus();
    text.setSelectionRange(offset(line, column ?? 1), offset(end_line ?? line, end_column ?? column ?? 1));
    text.scrollTop = Math.max(0, line - 5) * parseFloat(getComputedStyle(text).lineHeight);
  }

  text.addEventListener("input", () => {
    changed = true;
    state.textContent = "";
    window.clearTimeout(due);
    due = window.setTimeout(() => void check(), REST);
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "s" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void play();
    }
  });
  chosen.addEventListener("input", () => void open().catch(told));
  fresh.addEventListener("click", begin);
  save.addEventListener("click", () => void play());
  remove.addEventListener("click", () => void api.call("DELETE", path(chosen.value)).then(async () => {
    changed = false;
    text.value = "";
    await refresh();
    await open();
  }).catch(told));
  return { element, refresh };
}
