/** What can be given as a scenario: its text, or the file that it is in. */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { UnderstudyError } from "./errors.js";

/**
 * A text in YAML or JSON, or a file. A string is a text if it has more than one line or begins as one does, with `scenario:` or `{`. A
 * file may be a URL, such as `new URL("full.yaml", import.meta.url)`.
 */
export type Scenario = string | URL;

/** A scenario, and how messages call it. */
export interface Text {
  readonly name: string;
  readonly text: string;
}

export function isText(scenario: Scenario): scenario is string {
  return typeof scenario === "string" && /\n|^\s*(scenario:|\{)/.test(scenario);
}

export function path(file: Scenario): string {
  return typeof file === "string" ? file : fileURLToPath(file);
}

export async function read(scenario: Scenario): Promise<Text> {
  if (isText(scenario)) return { name: "scenario", text: dedented(scenario) };
  const name = path(scenario);
  const text = await readFile(name, "utf8").catch((error: Error) => {
    throw new UnderstudyError(`the scenario \`${name}\` cannot be read: ${error.message}`);
  });
  return { name, text };
}

/** A text without the margin that it has in the code around it. */
function dedented(text: string): string {
  const margins = text.match(/^[ \t]*(?=\S)/gm) ?? [""];
  const margin = Math.min(...margins.map((one) => one.length));
  return margin === 0 ? text : text.replaceAll(new RegExp(`^[ \\t]{${margin}}`, "gm"), "");
}

export function list(scenario: Scenario | readonly Scenario[] | undefined): readonly Scenario[] {
  if (scenario === undefined) return [];
  return typeof scenario === "string" || scenario instanceof URL ? [scenario] : scenario;
}
