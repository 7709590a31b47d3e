import { existsSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { boundEnvironment } from '../../src/testing/bound-environment.ts';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** For `test(name, { skip })`: why there is no browser, or false where there is one. */
export const noBrowser: string | false = existsSync(executablePath)
  ? false
  : `there is no Chromium at ${executablePath} (CHROMIUM names another)`;

/** A page of a real browser, and everything that it complained of. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors of scripts and of the console, and requests that were refused or failed. */
  readonly complaints: string[];
}

export interface PageOptions {
  /** Width of the window. Default 1200. */
  readonly widthPx?: number;
  /** Whether the system prefers dark colours. Default false. */
  readonly dark?: boolean;
}

/** Opens a page in headless Chromium, which ends with the test. */
export async function openPage(
  t: TestContext,
  url: string,
  options: PageOptions = {},
): Promise<WatchedPage> {
  const watched = await blankPage(t, options);
  await watched.page.goto(url);
  return watched;
}

/**
 * An empty page, for a test whose subject runs for some seconds only: on a loaded machine the
 * browser takes longer than that to start.
 */
export async function blankPage(t: TestContext, options: PageOptions = {}): Promise<WatchedPage> {
  const browser = await launch(t);
  const page = await browser.newPage({
    viewport: { width: options.widthPx ?? 1200, height: 900 },
    colorScheme: options.dark === true ? 'dark' : 'light',
  });
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    complaints.push(`${message.text()} ${message.location().url}`);
  });
  return { page, complaints };
}

async function launch(t: TestContext): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath,
    env: boundEnvironment(),
    // Else these signals would end the browser, and no longer a test that is cancelled.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  t.after(() => browser.close());
  return browser;
}
