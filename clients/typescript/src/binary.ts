/** Where the program is. */

import { existsSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { NotFound } from "./errors.js";

const NAME = process.platform === "win32" ? "understudy.exe" : "understudy";
const PACKAGED = fileURLToPath(new URL(`../bin/${NAME}`, import.meta.url));
const VARIABLE = "UNDERSTUDY_BINARY";

/** The program of this package, else the one that UNDERSTUDY_BINARY names, else the one on the PATH. */
export function find(packaged = PACKAGED): string {
  if (existsSync(packaged)) return packaged;
  const named = process.env[VARIABLE];
  if (named) {
    if (!existsSync(named)) throw new NotFound(`${VARIABLE} names \`${named}\`, which is not there`);
    return resolve(named);
  }
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, NAME);
    if (folder !== "" && statSync(path, { throwIfNoEntry: false })?.isFile()) return path;
  }
  throw new NotFound(
    `the program \`${NAME}\` is missing: this package came without it (\`${packaged}\` is not there), ` +
      `${VARIABLE} is not set, and no folder of PATH has it`,
  );
}
