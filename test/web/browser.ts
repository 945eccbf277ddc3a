import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const program = process.env['WHERRY_CHROMIUM'] ?? '/usr/bin/chromium';

/** Why tests with a browser cannot run here; null when they can. */
export const missingBrowser: string | null = existsSync(program)
  ? null
  : 'no Chromium here: install the Debian package chromium';

/**
 * A test in a real browser: skipped where there is none, but failed where nothing may be missing.
 *
 * @param lacking what else is missing, in one line; false when nothing is
 */
export function browserTest(
  name: string,
  run: (context: TestContext) => Promise<void>,
  lacking: string | false = false,
): void {
  if (missingBrowser === null) test(name, { skip: lacking }, run);
  else if (process.env['WHERRY_TESTS_COMPLETE'] === '1')
    test(name, () => Promise.reject(new Error(missingBrowser)));
  else test(name, { skip: missingBrowser }, () => undefined);
}

let browser: Promise<Browser> | null = null;

/** The one Chromium of a test file, without a head and without any talk to the world outside. */
function sharedBrowser(): Promise<Browser> {
  browser ??= chromium.launch({
    executablePath: program,
    // In the C locale it reads no names of files beyond ASCII.
    env: { ...process.env, LANG: 'C.UTF-8' },
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
  return browser;
}

/** Ends it; after a test this is done by itself. */
export async function closeBrowser(): Promise<void> {
  const started = await browser;
  await started?.close();
}

after(closeBrowser);

/** Gets a picture of each page as its test left it, for looking into failures. */
const pictures = process.env['WHERRY_TEST_PICTURES'];
let opened = 1;

/** A page and everything it complained of: broken policies, errors of scripts. */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  readonly complaints: string[];
}

/** Opens a page of its own, with nothing of another test in it, whose complaints are kept. */
export async function openPage(address: string, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await (
    await sharedBrowser()
  ).newContext({
    viewport: { width: 1360, height: 860 },
    locale: 'en-GB',
    ...options,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // A refusal of the backend is what many tests are about; only the page itself shall not complain.
    const refused = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !refused) complaints.push(message.text());
  });
  await page.goto(address);
  return {
    page,
    complaints,
    async [Symbol.asyncDispose]() {
      if (pictures !== undefined)
        await page.screenshot({ path: join(pictures, `${process.pid}-${opened++}.png`) });
      await context.close();
    },
  };
}
