// How figures and names are written.

import type { Numbers, Summary } from "./model";

/** `850 µs`, `12 ms`, `1.2 s`, `3 min 5 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1) return `${Math.round(milliseconds * 1000)} µs`;
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 1 : 0)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** `12:05:09.123` of a time such as `2026-11-21T12:05:09.123456Z`. */
export function clock(time: string): string {
  const found = /T(\d\d:\d\d:\d\d)(\.\d{1,3})?/.exec(time);
  return found ? `${found[1]}${(found[2] ?? ".").padEnd(4, "0")}` : time;
}

/** Milliseconds since 1970, with their fractions. */
export function instant(time: string): number {
  const found = /^(.*T\d\d:\d\d:\d\d)(\.\d+)?Z$/.exec(time);
  return found ? Date.parse(`${found[1]}Z`) + Number(found[2] ?? 0) * 1000 : Date.parse(time);
}

/** `1 call`, `2 calls`. */
export function count(number: number, word: string): string {
  return `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
}

/** `512 B`, `3.4 kB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** How an exchange ended, in words. */
export function ending(ended: string | undefined): string {
  switch (ended) {
    case undefined:
      return "under way";
    case "delivered":
      return "delivered";
    case "client_left":
      return "the client left";
    case "fault":
      return "broken off by its fault";
    case "cut_off":
      return "cut off";
    default:
      return ended;
  }
}

/** What stands for an operation that was not found. */
export const UNKNOWN = "no operation";

/** The colour of a status. */
export function tone(row: Pick<Summary, "status" | "ended">): string {
  if (row.ended === "fault" || row.ended === "cut_off" || row.ended === "client_left") return "broken";
  return row.status >= 500 ? "bad" : row.status >= 400 ? "warn" : "good";
}

/** How many are not listed. */
export function more(numbers: Numbers): number {
  return numbers.count - numbers.first.length;
}
