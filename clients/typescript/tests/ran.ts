/** Runs a test runner on tests that are to fail. */

import { spawn } from "node:child_process";

export interface Ran {
  status: number | null;
  output: string;
}

export async function ran(words: readonly string[]): Promise<Ran> {
  // What it would otherwise take for its own: the runner that runs this test, and colours.
  const { NODE_TEST_CONTEXT: _, FORCE_COLOR: __, ...env } = process.env;
  const child = spawn(process.execPath, words, {
    cwd: new URL(".", import.meta.url),
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...env, NO_COLOR: "1", CI: "true" },
  });
  let output = "";
  for (const pipe of [child.stdout, child.stderr]) pipe.on("data", (piece: Buffer) => (output += piece.toString()));
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { status, output };
}
