import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { Panes } from '#client/panes/panes.ts';
import { toWherryError } from '#core/errors.ts';
import { createUiApp } from '#protocols/http/server/page/ui-app.ts';
import type { CliCommand } from './cli-command.ts';
import { ExitCode, UsageError } from './exit-codes.ts';
import { openBrowser } from './ui/open-browser.ts';
import { pageServiceOf } from './ui/page-service.ts';
import { version } from './version.ts';
import { pageDirectory } from './ui/page-directory.ts';
import { readCommandWords } from './words.ts';

const help = `Usage: wherry ui [options]

Opens two panes in your browser: this machine's disk on the left, any server on
the right, with a queue of transfers, the conversation with the server, and
saved sites.

It listens on loopback only. The address that it prints holds a token that lets
one browser in, once; whoever does not have it, on this machine or in another
page of your browser, is let in nowhere.

Options:
  --port N     listen on this port (default: any free one)
  --no-open    print the address, and open no browser

Examples:
  # Open the panes
  wherry ui
  # Over SSH: forward the port, then open the printed address at home
  ssh -L 4021:127.0.0.1:4021 host wherry ui --port 4021 --no-open
`;

/** Two panes in the browser. */
export const command: CliCommand = { help, run };

async function run(words: readonly string[]): Promise<number> {
  const { values, positionals } = readCommandWords('wherry ui', words, {
    port: { type: 'string' },
    'no-open': { type: 'boolean' },
  });
  if (positionals.length > 0) throw new UsageError(`wherry ui takes no word like "${positionals[0]}"`);
  const port = readPort(values.port);
  if (!existsSync(join(pageDirectory, 'index.html')))
    throw new UsageError('The page is not built: run "npm run install" in the directory of wherry');
  const stopped = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => stopped.resolve());
  const panes = await Panes.open({ onExit: () => stopped.resolve() });
  const { app, token } = await createUiApp({
    service: pageServiceOf(panes),
    pageDirectory,
    session: {
      title: `wherry on ${hostname()}`,
      version,
      user: { name: userInfo().username, home: panes.home, readOnly: false, share: null },
      features: {
        connections: true,
        localDisk: true,
        sites: true,
        queue: true,
        uploads: false,
        archives: true,
        shares: false,
        passkeys: false,
        administration: false,
      },
    },
    onProblem: (thrown) => {
      process.stderr.write(`wherry: ${toWherryError(thrown, 'answer the page').message}\n`);
      if (process.env['WHERRY_DEBUG'] !== undefined)
        process.stderr.write(`${String((thrown as Error).stack)}\n`);
    },
  });
  try {
    await app.listen({ host: '127.0.0.1', port });
  } catch (thrown) {
    await panes.close();
    throw toWherryError(thrown, `listen on port ${port}`);
  }
  const address = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/#token=${token}`;
  process.stdout.write(`wherry is at ${address}\nThe address works once. Stop with Ctrl-C.\n`);
  if (values['no-open'] !== true) openBrowser(address);
  await stopped.promise;
  await panes.close();
  app.server.closeAllConnections();
  await app.close();
  return ExitCode.done;
}

function readPort(text: string | undefined): number {
  if (text === undefined) return 0;
  const port = Number(text);
  if (!/^\d{1,5}$/u.test(text) || port > 65_535)
    throw new UsageError(`--port takes a number from 0 to 65535, not "${text}"`);
  return port;
}
