import type { Locator, Page } from 'playwright-core';
import { host } from '../peers/peer.ts';
import { ftpPorts } from '../peers/wherry-page.ts';
import { takeUploads } from '../workspace.ts';
import type { Measurement } from '../suite.ts';
import { openUserInterface, startUserInterface, type OpenPage, type TaskTime } from './page-browser.ts';

/** The browser's, for what is evaluated there. */
declare function requestAnimationFrame(callback: () => void): number;

/** Time for what the page does by itself after something has happened. */
const settleMs = 800;
const scrollSteps = 60;

function pane(page: Page, side: 'Left' | 'Right'): Locator {
  return page.getByRole('region', { name: `${side} pane` });
}

function row(grid: Locator, name: string): Locator {
  return grid.getByRole('row', { name, exact: true });
}

/** Scrolls a list a good way down, some of it at each frame. */
async function scroll(grid: Locator, step: number): Promise<void> {
  await grid.locator('.grid-body').evaluate(
    async (element, { steps, by }) => {
      for (let done = 0; done < steps; done += 1) {
        element.scrollTop += by;
        await new Promise((resolve) => requestAnimationFrame(() => resolve(undefined)));
      }
    },
    { steps: scrollSteps, by: step },
  );
}

/** Figures of one task: by the clock, and with `-cpu` what it took of a processor. */
function figures(name: string, { ms, cpuMs }: TaskTime): Readonly<Record<string, number>> {
  return { [name]: ms, [`${name}-cpu`]: cpuMs };
}

/** Types a text into the filter at once. @returns milliseconds until its rows were drawn */
async function filterBy(page: Page, text: string): Promise<number> {
  return page.getByRole('textbox', { name: 'Filter' }).evaluate(async (element, value) => {
    const input = element as unknown as { value: string; dispatchEvent(event: Event): boolean };
    const descriptor = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(input), 'value');
    const startedAtMs = performance.now();
    descriptor?.set?.call(input, value);
    input.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    return performance.now() - startedAtMs;
  }, text);
}

/** What somebody types who looks for one of the files of the list: more, less, a glob, nothing. */
const laterTexts = ['99', '999', '99', '', '*7', '', 'name-5', ''];

async function measureFilter({ page, longestTask }: OpenPage): Promise<Readonly<Record<string, number>>> {
  await row(pane(page, 'Left').getByRole('grid'), 'a-file-with-a-usual-name-00003').click();
  await page.keyboard.press('Control+f');
  await page.getByRole('textbox', { name: 'Filter' }).waitFor();
  await page.waitForTimeout(settleMs);
  const times: number[] = [];
  const first = await longestTask(async () => {
    times.push(await filterBy(page, '9'));
    await page.waitForTimeout(settleMs);
  });
  const later = await longestTask(async () => {
    for (const text of laterTexts) {
      times.push(await filterBy(page, text));
      await page.waitForTimeout(settleMs / 4);
    }
  });
  await page.keyboard.press('Escape');
  const [firstMs = Number.NaN, ...laterMs] = times;
  return {
    'filter-first': firstMs,
    'filter-first-cpu': first.cpuMs,
    'filter-later': Math.max(...laterMs),
    'filter-later-cpu': later.cpuMs,
  };
}

/** The page opened for the first time, until the files of this machine are there. */
const firstView: Measurement = {
  id: 'first-view',
  needs: [],
  async run({ workspace }) {
    await using waiting = await startUserInterface(workspace);
    const { page, address, cpuMs } = waiting;
    const cpu = await cpuMs(async () => {
      await page.goto(address);
      await row(pane(page, 'Left').getByRole('grid'), 'small').waitFor();
    });
    return { cpu };
  },
};

/** A directory of so many entries as the workspace has: opened, filtered, sorted, scrolled through, selected. */
const largeDirectory: Measurement = {
  id: 'large-directory',
  needs: ['write'],
  async run({ workspace }) {
    await using open = await openUserInterface(workspace);
    const { page, longestTask } = open;
    const grid = pane(page, 'Left').getByRole('grid');
    await row(grid, 'list').waitFor();
    await page.waitForTimeout(settleMs);
    let firstRowsMs = Number.NaN;
    const opening = await longestTask(async () => {
      const startedAtMs = performance.now();
      await row(grid, 'list').dblclick();
      await grid
        .getByRole('row', { name: /^a-file/u })
        .first()
        .waitFor();
      firstRowsMs = performance.now() - startedAtMs;
      const count = workspace.sizes.listEntries.toLocaleString('en-GB');
      await pane(page, 'Left').getByText(`${count} entries`).waitFor();
      await page.waitForTimeout(settleMs);
    });
    const filter = await measureFilter(open);
    const sorting = await longestTask(async () => {
      await grid.getByRole('button', { name: 'Size' }).click();
      await page.waitForTimeout(2 * settleMs);
      await grid.getByRole('button', { name: 'Name' }).click();
      await page.waitForTimeout(2 * settleMs);
    });
    const scrolling = await longestTask(() => scroll(grid, 40_000));
    const selecting = await longestTask(async () => {
      await page.keyboard.press('Control+a');
      await page.waitForTimeout(settleMs);
    });
    return {
      'first-rows': firstRowsMs,
      ...figures('open', opening),
      ...filter,
      ...figures('sort', sorting),
      ...figures('scroll', scrolling),
      ...figures('select', selecting),
    };
  },
};

/** Opens the measured server on the right, in the directory that takes files, and holds the queue. */
async function prepareQueue(page: Page, address: string): Promise<Locator> {
  const left = pane(page, 'Left').getByRole('grid');
  await row(left, 'small').waitFor();
  const field = page.getByRole('combobox', { name: 'Address to connect to' });
  await field.fill(address);
  await field.press('Enter');
  const agree = page.getByRole('alertdialog').getByRole('button', { name: /^Connect|^Trust|anyway/u });
  const there = pane(page, 'Right').getByRole('navigation', { name: 'Path' });
  await agree.or(there).first().waitFor();
  if (await agree.isVisible()) await agree.click();
  await row(pane(page, 'Right').getByRole('grid'), 'in').dblclick();
  await there.getByText('in', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Hold the queue' }).click();
  await page.getByRole('button', { name: 'Run the queue' }).waitFor();
  return left;
}

/** A queue of as many files as the workspace has small ones: filled, run, scrolled through while it runs, read anew. */
const largeQueue: Measurement = {
  id: 'large-queue',
  needs: ['write'],
  async run({ workspace, server }) {
    await using open = await openUserInterface(workspace);
    const { page, longestTask } = open;
    const { user, password } = server.account;
    const port = ftpPorts.get(server.port) ?? 0;
    const left = await prepareQueue(page, `ftp://${user}:${password}@${host}:${port}/`);
    const count = workspace.sizes.smallFiles.toLocaleString('en-GB');
    const filling = await longestTask(async () => {
      await row(left, 'small').click();
      await page.keyboard.press('F5');
      await page.getByRole('tab', { name: `Queued ${count}` }).waitFor();
      await page.waitForTimeout(settleMs);
    });
    const running = await longestTask(async () => {
      await page.getByRole('button', { name: 'Run the queue' }).click();
      await page.getByRole('tab', { name: /^Done/u }).waitFor();
      await page.waitForTimeout(6 * settleMs);
    });
    const grid = page.getByRole('grid', { name: 'Queued transfers' });
    const scrolling = await longestTask(() => scroll(grid, 1000));
    const reading = await longestTask(async () => {
      await page.reload();
      await page.getByRole('tab', { name: /^Done/u }).waitFor();
      await page.waitForTimeout(3 * settleMs);
    });
    await open[Symbol.asyncDispose]();
    await takeUploads(workspace);
    return {
      ...figures('fill', filling),
      ...figures('run', running),
      ...figures('scroll', scrolling),
      ...figures('reload', reading),
    };
  },
};

export const responsivenessMeasurements: readonly Measurement[] = [firstView, largeDirectory, largeQueue];
