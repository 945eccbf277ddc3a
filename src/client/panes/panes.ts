import { homedir } from 'node:os';
import { join } from 'node:path';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import type { ServerMessage } from '#protocols/http/contract/page/events.ts';
import type { TrustRecord } from '#protocols/http/contract/page/trust.ts';
import { stateDirectory } from '../directories.ts';
import { TrustedCertificates } from '../trust/trusted-certificates.ts';
import { Connections } from './connections.ts';
import { ConversationLog } from './conversation-log.ts';
import { Messages } from './messages.ts';
import { PlainHosts } from './plain-hosts.ts';
import { Plans } from './plans/plans.ts';
import { Questions } from './questions.ts';
import { SettingsFile } from './settings-file.ts';
import { Sites } from './sites.ts';
import { Transfers } from './transfers.ts';

/** Where the panes keep what they keep; by default the user's own directories. */
export interface PanesOptions {
  readonly settingsFile?: string | undefined;
  readonly queueFile?: string | undefined;
  readonly sitesFile?: string | undefined;
  readonly certificatesFile?: string | undefined;
  readonly plainHostsFile?: string | undefined;
  /** Where is kept what the two sides of a synchronisation were, by their addresses. */
  readonly syncBaseFileOf?: ((left: string, right: string) => string) | undefined;
  /** The directory that the first pane shows; the user's own by default. */
  readonly home?: string | undefined;
  /** The user wants the program to end, now that everything is done. */
  readonly onExit: () => void;
}

/**
 * What is behind two panes: places and their connections, transfers, questions to the person in front of them, the
 * conversation with servers, saved sites. It knows nothing of how the page reaches it.
 */
export class Panes {
  readonly home: string;
  readonly messages: Messages;
  readonly log: ConversationLog;
  readonly questions: Questions;
  readonly connections: Connections;
  readonly transfers: Transfers;
  readonly plans: Plans;
  readonly sites: Sites;
  readonly settings: SettingsFile;
  readonly #certificates: TrustedCertificates;
  readonly #plainHosts: PlainHosts;

  private constructor(options: PanesOptions, settings: SettingsFile) {
    this.home = options.home ?? homedir();
    this.settings = settings;
    this.messages = new Messages(() => this.transfers.totals());
    this.log = new ConversationLog((line) => this.messages.line(line));
    this.questions = new Questions(this.messages);
    this.#certificates = new TrustedCertificates(options.certificatesFile);
    this.#plainHosts = new PlainHosts(options.plainHostsFile);
    const { messages, questions } = this;
    this.sites = new Sites({ file: options.sitesFile, messages, questions, settings });
    this.connections = new Connections({
      messages,
      access: {
        questions,
        log: this.log,
        certificates: this.#certificates,
        plainHosts: this.#plainHosts,
        savePassword: (siteId, password) => this.sites.savePassword(siteId, password),
      },
      siteOf: (siteId) => this.sites.find(siteId),
      siteAt: (key) => this.sites.findAt(key),
    });
    this.transfers = new Transfers({
      file: options.queueFile ?? join(stateDirectory(), 'page-queue.sqlite'),
      connections: this.connections,
      messages,
      questions,
      settings,
      onExit: options.onExit,
    });
    const { connections, transfers } = this;
    this.plans = new Plans({ connections, transfers, messages, baseFileOf: options.syncBaseFileOf });
  }

  /** @throws WherryError when what was kept cannot be read */
  static async open(options: PanesOptions): Promise<Panes> {
    const settings = new SettingsFile(options.settingsFile);
    await settings.load();
    const panes = new Panes(options, settings);
    await panes.connections.openLocal(panes.home);
    await panes.transfers.begin();
    return panes;
  }

  hello(): ServerMessage {
    this.messages.flushAll();
    return {
      type: 'hello',
      connections: this.connections.list(),
      questions: this.questions.list(),
      totals: this.transfers.totals(),
    };
  }

  fileSystemOf(connection: string): FileSystem {
    return this.connections.fileSystemOf(connection);
  }

  /** Certificates and hosts that the user has trusted for good. Host keys are OpenSSH's to list: they are its file's. */
  async trusted(): Promise<readonly TrustRecord[]> {
    const certificates = (await this.#certificates.list()).map((row): TrustRecord => ({
      id: `certificate ${row.port} ${row.host}`,
      kind: 'certificate',
      host: row.host,
      port: row.port,
      details: `SHA-256 ${row.sha256}`,
      addedAt: row.trustedAt,
    }));
    const plain = (await this.#plainHosts.list()).map((row): TrustRecord => ({
      id: `insecure ${row.port} ${row.host}`,
      kind: 'insecure',
      host: row.host,
      port: row.port,
      details: 'passwords in the clear',
      addedAt: row.addedAt,
    }));
    return [...certificates, ...plain];
  }

  /** @throws WherryError `not-found` */
  async distrust(id: string): Promise<null> {
    const [kind, port = '', host = ''] = id.split(' ');
    if (kind === 'insecure') await this.#plainHosts.remove(host, Number(port));
    else if (kind === 'certificate') await this.#certificates.remove({ host, port: Number(port) });
    else throw new WherryError('not-found', 'There is nothing of this id that is trusted');
    return null;
  }

  /** Ends everything; transfers go on with the next run. */
  async close(): Promise<void> {
    this.questions.close();
    await this.transfers.close();
    await this.connections.closeAll();
    this.messages.send({ type: 'session-ended', reason: 'stopping' });
  }
}
