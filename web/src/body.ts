// A message as lines, each of which knows what places of the contract it stands for.

import type { Message } from "./model";

export interface Line {
  text: string;
  /** Pointers such as `/body/validDays`. */
  at: string[];
}

/** Lines of a body that are shown before somebody asks for more. */
export const SHOWN = 400;

const escaped = (name: string): string => name.replaceAll("~", "~0").replaceAll("/", "~1");

/** The body of a message; JSON is laid out, with its numbers as they were written. */
export function bodyLines(message: Message): Line[] {
  const body = message.body;
  if (body === undefined) {
    const instead = message.body_base64 !== undefined ? `base64: ${message.body_base64}` : message.body_left_out;
    return instead === undefined ? [] : instead.split("\n").map((text) => ({ text, at: ["/body"] }));
  }
  return jsonLines(body) ?? formLines(body, message) ?? body.split("\n").map((text) => ({ text, at: ["/body"] }));
}

/** The query of a target, a parameter a line. */
export function queryLines(target: string): Line[] {
  const query = target.split("?").slice(1).join("?");
  return query === "" ? [] : parameters(query, ["/query", "/params"]);
}

function formLines(body: string, message: Message): Line[] | undefined {
  const type = message.headers?.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  return /x-www-form-urlencoded/i.test(type) ? parameters(body, ["/params", "/body"]) : undefined;
}

function parameters(text: string, roots: string[]): Line[] {
  return text.split("&").map((pair) => {
    const equals = pair.indexOf("=");
    const [name, value] = equals < 0 ? [pair, undefined] : [pair.slice(0, equals), pair.slice(equals + 1)];
    const at = roots.map((root) => `${root}/${escaped(decoded(name))}`);
    return { text: value === undefined ? decoded(name) : `${decoded(name)} = ${decoded(value)}`, at };
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

const TOKEN = /\s*("(?:[^"\\]|\\.)*"|-?[0-9][0-9eE+.-]*|true|false|null|[[\]{},:])/gy;

/** JSON as lines, two spaces a level; nothing where it is not JSON. */
export function jsonLines(text: string): Line[] | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  const tokens = text.match(new RegExp(TOKEN.source, "g")) ?? [];
  if (tokens.join("").length !== text.trimEnd().length) return undefined;
  const words = tokens.map((token) => token.trim());
  const lines: Line[] = [];
  let place = 0;

  // Not recursive: a body may be nested as deep as it is long.
  interface Open {
    at: string;
    object: boolean;
    index: number;
  }
  const open: Open[] = [];
  let at = "";
  let name = "";
  const line = (text: string, pointer: string): void => {
    const indent = "  ".repeat(Math.min(open.length, 40));
    lines.push({ text: indent + text, at: [`/body${pointer}`, `/params${pointer}`] });
  };
  const closed = (text: string): void => {
    const comma = words[place] === "," ? (place += 1, ",") : "";
    line(text + comma, at);
    const parent = open.at(-1);
    if (parent) {
      if (!parent.object) parent.index += 1;
      at = parent.at;
    }
  };
  while (place < words.length) {
    const parent = open.at(-1);
    const word = words[place] ?? "";
    place += 1;
    if (parent && word === (parent.object ? "}" : "]")) {
      open.pop();
      at = parent.at;
      closed(word);
      continue;
    }
    let value = word;
    if (parent?.object) {
      if (!word.startsWith('"') || words[place] !== ":") return undefined;
      name = `${word}: `;
      at = `${parent.at}/${escaped(unquoted(word))}`;
      value = words[place + 1] ?? "";
      place += 2;
    } else {
      name = "";
      at = parent ? `${parent.at}/${parent.index}` : "";
    }
    if (value === "{" || value === "[") {
      const end = value === "{" ? "}" : "]";
      if (words[place] === end) {
        place += 1;
        closed(name + value + end);
      } else {
        line(name + value, at);
        open.push({ at, object: value === "{", index: 0 });
      }
    } else if (value === "" || "]},:".includes(value)) {
      return undefined;
    } else {
      closed(name + value);
    }
  }
  return open.length === 0 ? lines : undefined;
}

function unquoted(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    return text.slice(1, -1);
  }
}

/** The line that a place is about: its own, or that of what it should be in. */
export function lineOf(lines: readonly Line[], at: string): number {
  const wanted = at.toLowerCase();
  for (let place = wanted; place !== ""; place = place.slice(0, place.lastIndexOf("/"))) {
    const found = lines.findIndex((line) => line.at.some((pointer) => pointer.toLowerCase() === place));
    if (found >= 0) return found;
  }
  return -1;
}
