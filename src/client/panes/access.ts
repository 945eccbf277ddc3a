import { Secret } from '#core/secret.ts';
import { WherryError } from '#core/errors.ts';
import { formatAddress, type Address } from '../address.ts';
import { connect } from '../connect/connect.ts';
import type { Ask, ConnectOptions, UntrustedCertificate } from '../options.ts';
import type { RemoteConnection } from '../remote/remote-connection.ts';
import type { HostKeyJudge } from '../trust/host-key-policy.ts';
import type { TrustedCertificates } from '../trust/trusted-certificates.ts';
import { certificateQuestion } from './certificate-question.ts';
import type { ConversationLog } from './conversation-log.ts';
import type { Questions } from './questions.ts';
import type { PlainHosts } from './plain-hosts.ts';

/** What reaching a place stands on. */
export interface AccessServices {
  readonly questions: Questions;
  readonly log: ConversationLog;
  readonly certificates: TrustedCertificates;
  readonly plainHosts: PlainHosts;
  /** Keeps a password with the site that it belongs to. */
  readonly savePassword: (siteId: string, password: string) => Promise<void>;
}

/** Which place, and how it was described. */
export interface AccessTarget {
  /** The connection of the page that it belongs to; null for one that the queue opens by itself. */
  readonly connection: string | null;
  readonly address: Address;
  readonly options: ConnectOptions;
  readonly siteId: string | null;
}

/**
 * The way to one place for one user, with the answers that a person gave on it: whoever opens a further connection to
 * the same place, as the queue does, is not asked again.
 */
export class Access {
  readonly target: AccessTarget;
  readonly #services: AccessServices;
  readonly #answers = new Map<string, Secret>();
  readonly #trusted = new Set<string>();
  #hasBeenIn = false;
  /** What was answered last has not been sent to anybody. */
  #isUnsent = false;
  #attempt = 0;
  #forgets = false;
  #tlsMode: 'auto' | 'require' | 'off' | undefined;

  constructor(target: AccessTarget, services: AccessServices) {
    this.target = target;
    this.#services = services;
    this.#tlsMode = target.options.tls?.mode;
  }

  /** What two places have in common that one access is good for. */
  get key(): string {
    return placeKey(this.target.address, this.target.options.user);
  }

  /** Whether what was answered on it is to be forgotten with its last connection. */
  get forgets(): boolean {
    return this.#forgets;
  }

  /** The address of a path there, without a password. */
  addressOf(path: string): string {
    return formatAddress({ ...this.#address(), path: path.slice(1), isAbsolute: true });
  }

  /** Opens a connection, asking a person where it has to be. @throws WherryError as {@link connect} */
  async open(signal: AbortSignal): Promise<RemoteConnection> {
    this.#attempt = 0;
    const connection = await this.#openSafely(signal);
    this.#hasBeenIn = true;
    this.#attempt = 0;
    return connection;
  }

  /** For further connections to the same place. */
  options(): ConnectOptions {
    const { connection, options, address } = this.target;
    return {
      ...options,
      password: options.password ?? address.password ?? undefined,
      ask: this.#ask,
      tls: { ...options.tls, mode: this.#tlsMode, onUntrusted: this.#judgeCertificate },
      ssh: {
        ...options.ssh,
        hostKeys: { mode: 'ask', askAboutChanged: true, ...options.ssh?.hostKeys, judge: this.#judgeHostKey },
      },
      onConversation: (line) => this.#services.log.add(connection, line),
    };
  }

  #address(): Address {
    const { address, options } = this.target;
    return { ...address, user: options.user ?? address.user, password: null };
  }

  /** Sends a password in the clear only after somebody has agreed to it. */
  async #openSafely(signal: AbortSignal): Promise<RemoteConnection> {
    const { address, options } = this.target;
    const { host, port, scheme, user } = { ...address, user: options.user ?? address.user };
    const isSecret = user !== null && user !== 'anonymous' && user !== 'ftp';
    const isKnown = host !== null && port !== null && (await this.#services.plainHosts.has(host, port));
    if (scheme !== 'ftp' || !isSecret || isKnown || this.#tlsMode === 'require')
      return connect(address, { ...this.options(), signal });
    let reason = 'this site asks for no encryption';
    if (this.#tlsMode !== 'off') {
      this.#tlsMode = 'require';
      try {
        return await connect(address, { ...this.options(), signal });
      } catch (error) {
        // A server that refuses TLS says so by a reply; a certificate that was refused has none.
        const isRefusal =
          error instanceof WherryError && error.code === 'not-trusted' && error.reply !== undefined;
        if (!isRefusal) throw error;
        reason = 'the server does not offer encryption';
        this.#isUnsent = true;
        this.#attempt = 0;
      }
    }
    await this.#agreeToPlain(reason, signal);
    this.#tlsMode = this.target.options.tls?.mode === 'off' ? 'off' : 'auto';
    return connect(address, { ...this.options(), signal });
  }

  async #agreeToPlain(reason: string, signal: AbortSignal): Promise<void> {
    const { connection, address } = this.target;
    const { host, port } = { host: address.host ?? '', port: address.port ?? 21 };
    const answer = await this.#services.questions.ask(
      { kind: 'insecure', connection, host, port, protocol: 'ftp', reason },
      signal,
    );
    if (answer.answer !== 'continue')
      throw new WherryError('not-trusted', 'Not connected: the password would have gone in the clear');
    if (answer.remember) await this.#services.plainHosts.add(host, port);
  }

  readonly #ask: Ask = async (question, signal) => {
    const known = this.#answers.get(question.text);
    if (known !== undefined && (this.#hasBeenIn || this.#isUnsent)) {
      this.#isUnsent = false;
      return known;
    }
    this.#attempt += 1;
    const { connection, address, siteId } = this.target;
    const answer = await this.#services.questions.ask(
      {
        kind: 'login',
        connection,
        host: address.host ?? '',
        user: this.#address().user ?? '',
        title: question.subject,
        instruction: question.kind === 'answer' ? 'The server asks:' : '',
        prompts: [{ text: question.text, echo: question.echo }],
        attempt: this.#attempt,
      },
      signal,
    );
    if (answer.answer !== 'login') return null;
    const text = answer.responses[0] ?? '';
    const secret = new Secret(text);
    this.#answers.set(question.text, secret);
    this.#forgets ||= answer.remember === 'no';
    if (answer.remember === 'site' && siteId !== null && question.kind === 'password')
      await this.#services.savePassword(siteId, text);
    return secret;
  };

  readonly #judgeCertificate = async (certificate: UntrustedCertificate): Promise<boolean> => {
    const { certificates, questions } = this.#services;
    const { connection, address } = this.target;
    if (this.#trusted.has(certificate.sha256)) return true;
    const judge = certificates.policy(async (_, known) => {
      const answer = await questions.ask(
        certificateQuestion(certificate, { connection, protocol: address.scheme, known }),
      );
      if (answer.answer !== 'trust') return 'never';
      this.#trusted.add(certificate.sha256);
      return answer.remember ? 'always' : 'once';
    });
    return judge(certificate);
  };

  readonly #judgeHostKey: HostKeyJudge = async (offer, signal) => {
    if (this.#trusted.has(offer.fingerprint)) return 'once';
    const { host, port, keyType, fingerprint, verdict, previousFingerprint = null } = offer;
    const answer = await this.#services.questions.ask(
      {
        kind: 'host-key',
        connection: this.target.connection,
        host,
        port,
        algorithm: keyType,
        fingerprint,
        changed: verdict === 'changed',
        previousFingerprint,
      },
      signal,
    );
    if (answer.answer !== 'trust') return false;
    this.#trusted.add(fingerprint);
    if (verdict === 'changed') {
      this.#services.log.add(this.target.connection, {
        kind: 'status',
        text: `The new key of ${host} is trusted for this run; remove the old one from known_hosts to be asked no more`,
      });
    }
    return answer.remember ? true : 'once';
  };
}

/** What tells one place and user from another. */
export function placeKey({ scheme, host, port, user }: Address, givenUser?: string): string {
  return JSON.stringify([scheme, givenUser ?? user, host, port]);
}
