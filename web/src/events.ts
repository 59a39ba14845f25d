// Server-sent events, read by fetch: an EventSource sends no bearer token.

import type { Api } from "./api";

export interface Event {
  name: string;
  data: string;
}

/** Takes a text apart as it comes. */
export function parser(heard: (event: Event, id: string | undefined) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    rest += text;
    const events = rest.split("\n\n");
    rest = events.pop() ?? "";
    for (const lines of events) {
      let [name, data, id]: [string, string, string | undefined] = ["message", "", undefined];
      for (const line of lines.split("\n")) {
        const colon = line.indexOf(":");
        const value = line.slice(colon + 1).replace(/^ /, "");
        if (line.startsWith("event:")) name = value;
        else if (line.startsWith("data:")) data += value;
        else if (line.startsWith("id:")) id = value;
      }
      if (data !== "") heard({ name, data }, id);
    }
  };
}

/** Listens for ever; `state` is told whether there is a connection. */
export async function listen(api: Api, heard: (event: Event) => void, state: (open: boolean) => void): Promise<never> {
  let last: string | undefined;
  for (;;) {
    try {
      const headers: Record<string, string> = last === undefined ? {} : { "Last-Event-ID": last };
      const stream = await api.stream("events", headers, new AbortController().signal);
      state(true);
      const take = parser((event, id) => {
        last = id ?? last;
        heard(event);
      });
      const decoder = new TextDecoder();
      const reader = stream.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        take(decoder.decode(value, { stream: true }));
      }
    } catch {
      // It is gone; it may come back.
    }
    state(false);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
