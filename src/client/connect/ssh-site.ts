import { readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { WherryError } from '#core/errors.ts';
import type { Secret } from '#core/secret.ts';
import { socketAgent } from '#protocols/ssh/client/agent.ts';
import type { ClientCredential } from '#protocols/ssh/client/client-options.ts';
import type { SshSiteOptions } from '#protocols/ssh/client/site-options.ts';
import { parsePrivateKey } from '#protocols/ssh/keys/openssh-private-key.ts';
import type { PrivateKey } from '#protocols/ssh/keys/private-key.ts';
import { defaultTimeoutMs, type ConnectOptions } from '../options.ts';
import { judgeHostKey } from '../trust/judge-host-key.ts';
import { defaultKnownHostsFiles, readKnownHosts } from '../trust/known-hosts-files.ts';
import type { ConnectRequest } from './connector.ts';
import { askUser, toSecret } from './secrets.ts';

/** How often a passphrase may be mistyped. */
const passphraseTries = 3;

/**
 * Logs in by SSH with what is given, and asks for a password when that does not do.
 *
 * @param open makes the connection; called again with a password when the first login was refused
 */
export async function withSshLogin<T>(
  request: ConnectRequest,
  open: (site: SshSiteOptions) => Promise<T>,
): Promise<T> {
  const { address, options, dialer, signal } = request;
  const host = address.host ?? '';
  const user = options.user ?? address.user ?? userInfo().username;
  const password = options.password === undefined ? address.password : toSecret(options.password);
  const policy = options.ssh?.hostKeys ?? {};
  const site = {
    host,
    port: address.port ?? undefined,
    user,
    knownHosts:
      policy.pins === undefined
        ? await readKnownHosts(policy.knownHostsFiles ?? defaultKnownHostsFiles())
        : [],
    judgeHostKey: (question, whileWanted) => judgeHostKey(policy, question, whileWanted),
    ...(dialer === null ? {} : { dialer }),
    addressFamily: options.family,
    connectTimeoutMs: options.timeoutMs ?? defaultTimeoutMs,
    onConversation: options.onConversation,
    signal,
  } satisfies Partial<SshSiteOptions>;
  const keys = await keyCredentials(options, password !== null);
  const who = { user, host };
  try {
    return await open({ ...site, credentials: [...keys, ...passwordCredentials(options, password, who)] });
  } catch (error) {
    const refused = error instanceof WherryError && error.code === 'login-refused';
    if (!refused || password !== null || options.ask === undefined) throw error;
    const subject = `${user}@${host}`;
    const asked = await askUser(options, {
      kind: 'password',
      text: `Password for ${subject}`,
      subject,
      echo: false,
    });
    if (asked === null) throw error;
    return open({ ...site, credentials: passwordCredentials(options, asked, who) });
  }
}

async function keyCredentials(
  options: ConnectOptions,
  hasPassword: boolean,
): Promise<readonly ClientCredential[]> {
  const { keys = [], agent } = options.ssh ?? {};
  const credentials: ClientCredential[] = [];
  for (const [index, text] of keys.entries()) {
    credentials.push({
      kind: 'public-key',
      key: await unlockKey(options, Buffer.from(text).toString('utf8'), index),
    });
  }
  const isUnsaid = agent === undefined && keys.length === 0 && !hasPassword;
  const wanted = agent ?? isUnsaid;
  const socket = typeof wanted === 'string' ? wanted : wanted ? process.env['SSH_AUTH_SOCK'] : undefined;
  if (socket !== undefined && socket !== '') credentials.push({ kind: 'agent', agent: socketAgent(socket) });
  return isUnsaid ? [...credentials, ...(await usualKeys())] : credentials;
}

/** Names of the private keys that `ssh` looks for by itself, in its order (ssh_config(5), IdentityFile). */
const usualKeyNames = ['id_rsa', 'id_ecdsa', 'id_ed25519'];

/** The usual keys that are there and need no passphrase; those that need one are the agent's business. */
async function usualKeys(): Promise<readonly ClientCredential[]> {
  const credentials: ClientCredential[] = [];
  for (const name of usualKeyNames) {
    try {
      const text = await readFile(join(homedir(), '.ssh', name), 'utf8');
      credentials.push({ kind: 'public-key', key: parsePrivateKey(text, null) });
    } catch {
      // Not there, locked, or of a kind that is not spoken here.
    }
  }
  return credentials;
}

/** Reads a private key, asking for its passphrase where it has one that was not given. */
async function unlockKey(options: ConnectOptions, text: string, index: number): Promise<PrivateKey> {
  const given = options.ssh?.passphrase;
  let passphrase = given === undefined ? null : toSecret(given);
  for (let tries = 0; ; tries += 1) {
    try {
      return parsePrivateKey(text, passphrase);
    } catch (error) {
      if (!isLocked(error) || options.ask === undefined || tries === passphraseTries) throw error;
      const subject = `key ${index + 1}`;
      passphrase = await askUser(options, {
        kind: 'passphrase',
        text: `Passphrase for ${subject}`,
        subject,
        echo: false,
      });
      if (passphrase === null) throw error;
    }
  }
}

function isLocked(error: unknown): boolean {
  return (
    error instanceof WherryError && (error.code === 'login-refused' || /passphrase/i.test(error.message))
  );
}

function passwordCredentials(
  options: ConnectOptions,
  password: Secret | null,
  who: { readonly user: string; readonly host: string },
): readonly ClientCredential[] {
  const subject = `${who.user}@${who.host}`;
  const interactive: ClientCredential = {
    kind: 'interactive',
    answer: async ({ prompts, instruction }) => {
      const answers: Secret[] = [];
      for (const { text, echo } of prompts) {
        // The only hidden question of a round is for the password, whatever it is called.
        const asked =
          password !== null && !echo && prompts.length === 1
            ? password
            : await askUser(options, {
                kind: 'answer',
                text: text === '' ? instruction : text,
                subject,
                echo,
              });
        if (asked === null)
          throw new WherryError('login-refused', 'Cannot log in: the server asks for more than was given');
        answers.push(asked);
      }
      return answers;
    },
  };
  if (password === null) return options.ask === undefined ? [] : [interactive];
  const change = async (prompt: string): Promise<Secret> => {
    const fresh = await askUser(options, { kind: 'new-password', text: prompt, subject, echo: false });
    if (fresh === null)
      throw new WherryError('login-refused', 'Cannot log in: the server wants a new password');
    return fresh;
  };
  return [{ kind: 'password', password, change }, interactive];
}
