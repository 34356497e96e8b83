import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { root } from './project.mjs';

// What a run of jest has come to, from its --json report: node scripts/report-jest.mjs counts|files|names REPORT
const [wanted, report] = process.argv.slice(2);
const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, testResults } = JSON.parse(
  readFileSync(report, 'utf8'),
);
const failed = testResults
  .filter(({ status }) => status === 'failed')
  .map(({ name, assertionResults }) => {
    const tests = assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
    return { file: relative(root, name), tests: tests.length > 0 ? tests : ['the file itself'] };
  });
const answers = {
  /** `passed failed`; a file that could not be run counts as one. */
  counts: () => [`${numPassedTests} ${numFailedTests + numRuntimeErrorTestSuites}`],
  /** One a line. */
  files: () => failed.map(({ file }) => file),
  /** One test a line, with its file. */
  names: () => failed.flatMap(({ file, tests }) => tests.map((test) => `${file}: ${test}`)),
};
for (const line of answers[wanted]()) process.stdout.write(`${line}\n`);
