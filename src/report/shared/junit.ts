/** One test case of a JUnit report. */
export interface JUnitCase {
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'error' | 'skipped';
  /** The line that CI shows for a case that did not pass. */
  readonly message?: string;
  /** What was seen, for any case. */
  readonly details?: readonly string[];
}

export interface JUnitSuite {
  readonly name: string;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly durationMs: number;
  readonly cases: readonly JUnitCase[];
}

/** JUnit's XML, in the form that GitHub, GitLab and Jenkins read. Ends with a line break. */
export function renderJUnit(name: string, suites: readonly JUnitSuite[]): string {
  const cases = suites.flatMap((suite) => suite.cases);
  const durationMs = suites.reduce((sum, suite) => sum + suite.durationMs, 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes({ name, ...countsOf(cases), time: seconds(durationMs) })}>`,
    ...suites.flatMap(suiteLines),
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteLines({ name, timestamp, durationMs, cases }: JUnitSuite): string[] {
  const head = { name, timestamp, ...countsOf(cases), time: seconds(durationMs) };
  return [
    `  <testsuite ${attributes(head)}>`,
    ...cases.flatMap((one) => caseLines(one, name)),
    '  </testsuite>',
  ];
}

function caseLines(
  { name, status, message = '', details = [] }: JUnitCase,
  suite: string,
): string[] {
  const open = `    <testcase ${attributes({ classname: suite, name })}`;
  const text = escapeXml(details.join('\n'));
  if (status === 'passed') {
    return details.length === 0
      ? [`${open}/>`]
      : [`${open}>`, `      <system-out>${text}</system-out>`, '    </testcase>'];
  }
  const element = { failed: 'failure', error: 'error', skipped: 'skipped' }[status];
  return [
    `${open}>`,
    `      <${element} ${attributes({ message })}>${text}</${element}>`,
    '    </testcase>',
  ];
}

function countsOf(cases: readonly JUnitCase[]): Record<string, number> {
  const count = (status: JUnitCase['status']): number =>
    cases.filter((one) => one.status === status).length;
  return {
    tests: cases.length,
    failures: count('failed'),
    errors: count('error'),
    skipped: count('skipped'),
  };
}

function seconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(3);
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escapeXml(String(value))}"`)
    .join(' ');
}

/** Characters that XML 1.0 has no way to say become a question mark. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '?')
    .replace(/[&<>"\n\r\t]/g, (character) => entities[character] ?? character);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};
