import assert from 'node:assert/strict';
import { DOMParser, type Element, onErrorStopParsing } from '@xmldom/xmldom';

/** A JUnit file as a CI reads it. */
export interface ReadSuite {
  readonly name: string;
  readonly cases: readonly {
    readonly name: string;
    readonly status: 'passed' | 'failed' | 'error' | 'skipped';
    readonly message: string;
    readonly text: string;
  }[];
}

/**
 * Parses JUnit with a parser that is not ours, and checks what the format requires: the elements
 * and their nesting, counts that agree with the cases, times that are numbers.
 */
export function readJUnit(xml: string): ReadSuite[] {
  const root = new DOMParser({ onError: onErrorStopParsing }).parseFromString(xml, 'text/xml');
  const suites = root.documentElement!;
  assert.equal(suites.tagName, 'testsuites');
  checkCounts(suites);
  return childrenOf(suites).map((suite) => {
    assert.equal(suite.tagName, 'testsuite');
    checkCounts(suite);
    assert.ok(!Number.isNaN(Date.parse(attribute(suite, 'timestamp'))));
    return { name: attribute(suite, 'name'), cases: childrenOf(suite).map(readCase) };
  });
}

function readCase(element: Element): ReadSuite['cases'][number] {
  assert.equal(element.tagName, 'testcase');
  assert.notEqual(attribute(element, 'classname'), '');
  const children = childrenOf(element);
  assert.ok(children.length <= 1);
  const [child] = children;
  const status = statuses[child?.tagName ?? 'system-out'];
  assert.ok(status !== undefined, child?.tagName);
  return {
    name: attribute(element, 'name'),
    status,
    message: child?.getAttribute('message') ?? '',
    text: child?.textContent ?? '',
  };
}

const statuses: Readonly<Record<string, ReadSuite['cases'][number]['status']>> = {
  'system-out': 'passed',
  failure: 'failed',
  error: 'error',
  skipped: 'skipped',
};

function checkCounts(element: Element): void {
  const count = (tag: string): number => element.getElementsByTagName(tag).length;
  const said = ['tests', 'failures', 'errors', 'skipped'].map((name) =>
    Number(attribute(element, name)),
  );
  assert.deepEqual(said, ['testcase', 'failure', 'error', 'skipped'].map(count));
  assert.match(attribute(element, 'time'), /^\d+\.\d{3}$/);
}

function childrenOf(element: Element): Element[] {
  return Array.from(element.childNodes).filter((node) => node.nodeType === 1) as Element[];
}

function attribute(element: Element, name: string): string {
  const value = element.getAttribute(name);
  assert.ok(value !== null, `${element.tagName} has no ${name}`);
  return value;
}
