// Sessions: where each is in its scripts, its states, its clock, its tokens, and what its clients created.

import { type Api, Problem } from "./api";
import { type Child, fill, h } from "./dom";
import { count } from "./words";
import { type Token, tokensOf, type World, worldView } from "./world";

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

/** A session on the page. It stays while the session is there: nothing is drawn under the hands of whoever uses it. */
interface Card {
  readonly element: HTMLElement;
  update(session: Session, tokens: Token[]): void;
}

/** Sessions that are shown; each is asked for. */
const SHOWN = 50;

export function sessionsView(api: Api): Sessions {
  const message = h("p", { class: "bad", role: "alert" });
  const list = h("div", { class: "cards" });
  const rest = h("div", {});
  const everything = h("button", { type: "button" }, "Reset everything");
  everything.title = "Every session, every script and the journal begin anew";
  everything.addEventListener("click", () => void change("POST", "reset"));
  const element = h("section", { class: "sessions", "aria-label": "Sessions" },
    h("p", { class: "actions" }, everything), message, list, rest);
  const cards = new Map<string, Card>();
  /** Whether there is a world; unknown until somebody asked. */
  let hasWorld: boolean | undefined;
  /** Orders that were given here: what they change is asked for anew. */
  let orders = 0;
  // Of two lists that are asked for, the newer one counts.
  let asked = 0;

  async function refresh(): Promise<void> {
    const mine = (asked += 1);
    try {
      hasWorld ??= (await api.call<{ world: boolean }>("GET", "health")).world;
      const { sessions, forgotten } = await api.call<{ sessions: { session: string }[]; forgotten: number }>("GET", "sessions");
      const shown = await Promise.all(sessions.slice(0, SHOWN).map(({ session }) => {
        const path = `sessions/${encodeURIComponent(session)}`;
        return Promise.all([api.call<Session>("GET", path), api.call<{ tokens: Token[] }>("GET", `${path}/tokens`)]).catch(() => undefined);
      }));
      if (mine !== asked) return;
      const there = shown.filter((found) => found !== undefined);
      const names = new Set(there.map(([session]) => session.session));
      for (const [name, card] of cards) {
        if (names.has(name)) continue;
        card.element.remove();
        cards.delete(name);
      }
      there.forEach(([session, { tokens }], place) => {
        let known = cards.get(session.session);
        if (!known) {
          known = card(session.session);
          cards.set(session.session, known);
          list.insertBefore(known.element, list.children[place] ?? null);
        }
        known.update(session, tokens);
      });
      const more = sessions.length - SHOWN;
      fill(rest, more > 0 && h("p", { class: "empty" }, `${count(more, "more session")}.`),
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
    orders += 1;
    await refresh();
  }

  function told(error: unknown): void {
    message.textContent = error instanceof Problem ? error.message : "The stand-in does not answer.";
  }

  function card(name: string): Card {
    const clock = (order: object): Promise<void> => change("POST", "clock", { ...order, session: name });
    const button = (label: string, act: () => Promise<void>): HTMLButtonElement =>
      h("button", { type: "button", class: "small", onclick: () => void act() }, label);
    const by = h("input", { value: "20m", size: "6", "aria-label": `How far the clock of ${name} moves` });
    let frozen = false;
    let before: string | undefined;
    const calls = h("span", { class: "badge" });
    const time = h("p", { class: "time" });
    const freeze = button("Freeze", () => clock(frozen ? { resume: true } : { freeze: true }));
    const parts = h("div", {});
    const world: World | undefined = hasWorld ? worldView(api, name) : undefined;
    const element = h("article", { class: world ? "card wide-card" : "card", "aria-label": `Session ${name}` },
      h("div", {},
        h("h3", {}, name, " ", calls),
        time,
        h("p", { class: "actions" },
          by, button("Advance", () => clock({ advance: by.value })), freeze,
          button("Reset", () => change("DELETE", `sessions/${encodeURIComponent(name)}`))),
        parts),
      world?.element);
    return {
      element,
      update(session, tokens) {
        frozen = session.frozen;
        calls.textContent = count(session.calls, "call");
        fill(time, session.now.replace("T", " ").replace(/\.\d+Z$/, "Z"), frozen && h("b", {}, " frozen"));
        freeze.textContent = frozen ? "Resume" : "Freeze";
        fill(parts,
          part("Calls that each rule answered", session.rules.map(({ rule, calls }): [string, Child] => [rule, calls])),
          part("States", Object.entries(session.states).map(([state, value]): [string, Child] => [state, JSON.stringify(value)])),
          part("Scenarios of its own", session.scenarios.map((scenario): [string, Child] => [scenario, ""])),
          tokensOf(tokens));
        // What changes the world is a call, or an order.
        const now = `${session.calls} ${orders}`;
        if (before !== now) world?.refresh();
        before = now;
      },
    };
  }

  return { element, refresh };
}

function part(title: string, entries: [string, Child][]): Child {
  if (entries.length === 0) return undefined;
  return h("div", {}, h("h4", {}, title),
    h("dl", { class: "pairs" }, ...entries.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))));
}
