import { existsSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const program = process.env['WHERRY_CHROMIUM'] ?? '/usr/bin/chromium';

/** Why tests with a browser cannot run here; null when they can. */
export const missingBrowser: string | null = existsSync(program)
  ? null
  : 'no Chromium here: install the Debian package chromium';

/** A test in a real browser: skipped where there is none, but failed where nothing may be missing. */
export function browserTest(name: string, run: (context: TestContext) => Promise<void>): void {
  if (missingBrowser === null) test(name, run);
  else if (process.env['WHERRY_TESTS_COMPLETE'] === '1')
    test(name, () => Promise.reject(new Error(missingBrowser)));
  else test(name, { skip: missingBrowser }, () => undefined);
}

/** Starts Chromium without a head and without any talk to the world outside. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: program,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A page and everything it complained of: broken policies, errors of scripts. */
export interface WatchedPage {
  readonly page: Page;
  readonly complaints: string[];
}

/** Opens a page whose complaints are kept. */
export async function openPage(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: 1360, height: 860 },
    locale: 'en-GB',
    ...options,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(address);
  return { page, complaints };
}
