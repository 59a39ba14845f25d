// Sessions: where each is in its scripts, its states, and its clock.

import { type Api, Problem } from "./api";
import { type Child, fill, h } from "./dom";
import { count } from "./words";

interface Session {
  session: string;
  calls: number;
  now: string;
  frozen: boolean;
  rules: { rule: string; calls: number }[];
  states: Record<string, unknown>;
  scenarios: string[];
}

export interface Sessions {
  readonly element: HTMLElement;
  refresh(): Promise<void>;
}

/** Sessions that are shown; each is asked for. */
const SHOWN = 50;

export function sessionsView(api: Api): Sessions {
  const message = h("p", { class: "bad", role: "alert" });
  const list = h("div", { class: "cards" });
  const everything = h("button", { type: "button" }, "Reset everything");
  everything.title = "Every session, every script and the journal begin anew";
  everything.addEventListener("click", () => void change("POST", "reset"));
  const element = h("section", { class: "sessions", "aria-label": "Sessions" },
    h("p", { class: "actions" }, everything), message, list);
  // Of two lists that are asked for, the newer one counts.
  let asked = 0;

  async function refresh(): Promise<void> {
    const mine = (asked += 1);
    try {
      const { sessions, forgotten } = await api.call<{ sessions: { session: string }[]; forgotten: number }>("GET", "sessions");
      const shown = await Promise.all(sessions.slice(0, SHOWN).map(({ session }) =>
        api.call<Session>("GET", `sessions/${encodeURIComponent(session)}`).catch(() => undefined)));
      // Nothing is drawn under the hands of whoever fills in a clock.
      if (mine !== asked || list.contains(document.activeElement)) return;
      const rest = sessions.length - SHOWN;
      fill(list, ...shown.map((session) => session && card(session)),
        rest > 0 && h("p", { class: "empty" }, `${count(rest, "more session")}.`),
        forgotten > 0 && h("p", { class: "empty" }, `${count(forgotten, "session")} made room for others.`));
    } catch (error) {
      told(error);
    }
  }

  async function change(method: string, path: string, body?: unknown): Promise<void> {
    try {
      await api.call(method, path, body === undefined ? undefined : JSON.stringify(body));
      message.textContent = "";
    } catch (error) {
      told(error);
    }
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    await refresh();
  }

  function told(error: unknown): void {
    message.textContent = error instanceof Problem ? error.message : "The stand-in does not answer.";
  }

  function card(session: Session): HTMLElement {
    const name = session.session;
    const button = (label: string, act: () => Promise<void>): HTMLElement =>
      h("button", { type: "button", class: "small", onclick: () => void act() }, label);
    const by = h("input", { value: "20m", size: "6", "aria-label": `How far the clock of ${name} moves` });
    const clock = (order: object) => (): Promise<void> => change("POST", "clock", { ...order, session: name });
    return h("article", { class: "card", "aria-label": `Session ${name}` },
      h("h3", {}, name, " ", h("span", { class: "badge" }, count(session.calls, "call"))),
      h("p", { class: "time" }, session.now.replace("T", " ").replace(/\.\d+Z$/, "Z"), session.frozen && h("b", {}, " frozen")),
      h("p", { class: "actions" },
        by, button("Advance", () => clock({ advance: by.value })()),
        session.frozen ? button("Resume", clock({ resume: true })) : button("Freeze", clock({ freeze: true })),
        button("Reset", () => change("DELETE", `sessions/${encodeURIComponent(name)}`))),
      part("Calls that each rule answered", session.rules.map(({ rule, calls }): [string, Child] => [rule, calls])),
      part("States", Object.entries(session.states).map(([state, value]): [string, Child] => [state, JSON.stringify(value)])),
      part("Scenarios of its own", session.scenarios.map((scenario): [string, Child] => [scenario, ""])));
  }

  return { element, refresh };
}

function part(title: string, entries: [string, Child][]): Child {
  if (entries.length === 0) return undefined;
  return h("div", {}, h("h4", {}, title),
    h("dl", { class: "pairs" }, ...entries.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))));
}
