import { toWherryError, WherryError } from '#core/errors.ts';
import type { Secret } from '#core/secret.ts';
import type { PromptRound } from '../authentication/credentials.ts';
import { signedRequest } from '../authentication/signed-request.ts';
import { certificateAlgorithm } from '../keys/certificate.ts';
import { signWith } from '../keys/private-key.ts';
import { signatureAlgorithmsOf, type SignatureAlgorithm } from '../keys/signature-algorithms.ts';
import type { SshLimits } from '../limits.ts';
import { message } from '../wire/messages.ts';
import { protocolError } from '../wire/ssh-error.ts';
import { startMessage, type WireWriter } from '../wire/wire-writer.ts';
import { WireReader } from '../wire/wire-reader.ts';
import type { ClientCredential, SshClientEvent } from './client-options.ts';

/** What the authentication needs of the connection around it. */
export interface ClientAuthenticationContext {
  readonly user: string;
  readonly credentials: readonly ClientCredential[];
  readonly limits: SshLimits;
  readonly signal: AbortSignal;
  readonly sessionId: () => Buffer;
  /** Signature algorithms that the server has announced; null when it announced none. */
  readonly serverSignatures: () => ReadonlySet<string> | null;
  send(payload: Buffer): void;
  pause(): () => void;
  emit(event: SshClientEvent): void;
  onAccepted(): void;
  onFailed(error: WherryError): void;
}

const service = 'ssh-connection';

const methodNames = Object.freeze({
  'public-key': 'publickey',
  password: 'password',
  interactive: 'keyboard-interactive',
}) satisfies Readonly<Record<ClientCredential['kind'], string>>;

/** Rounds of questions are capped on this side too: a server could ask forever. */
const printable = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- a server's text must not steer the terminal
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');

/** The client's side of RFC 4252 and 4256: offers its credentials one after the other. */
export class ClientAuthentication {
  readonly #context: ClientAuthenticationContext;
  readonly #untried: ClientCredential[];
  #current: ClientCredential | null = null;
  #rounds = 0;
  #done = false;

  constructor(context: ClientAuthenticationContext) {
    this.#context = context;
    this.#untried = [...context.credentials];
  }

  /** Asks for the methods that the server offers. */
  start(): void {
    this.#context.send(startMessage(message.serviceRequest).string('ssh-userauth').finish());
    this.#context.send(this.#request('none').finish());
  }

  /** Handles a message; false for one that does not belong here. */
  handle(payload: Buffer): boolean {
    const handler = this.#handlers[payload[0] ?? 0];
    if (handler === undefined || this.#done) return false;
    handler(new WireReader(payload, 1));
    return true;
  }

  readonly #handlers: Readonly<Record<number, (reader: WireReader) => void>> = {
    [message.serviceAccept]: () => undefined,
    [message.authenticationBanner]: (reader) => {
      this.#context.emit({ event: 'banner', text: printable(reader.text()) });
    },
    [message.authenticationSuccess]: () => {
      this.#done = true;
      this.#report('accepted');
      this.#context.onAccepted();
    },
    [message.authenticationFailure]: (reader) => {
      this.#onFailure(reader.nameList(), reader.boolean());
    },
    [message.authenticationMethodReply]: (reader) => {
      this.#onMethodReply(reader);
    },
  };

  #report(outcome: 'accepted' | 'partial' | 'refused'): void {
    const method = this.#current === null ? 'none' : methodNames[this.#current.kind];
    this.#context.emit({ event: 'authentication', method, outcome });
  }

  #onFailure(offered: readonly string[], partial: boolean): void {
    if (this.#current !== null || partial) this.#report(partial ? 'partial' : 'refused');
    const index = this.#untried.findIndex((credential) => offered.includes(methodNames[credential.kind]));
    const [next] = index < 0 ? [] : this.#untried.splice(index, 1);
    if (next === undefined) {
      this.#done = true;
      const methods = offered.join(', ') || 'nothing else';
      this.#context.onFailed(
        new WherryError('login-refused', `The login was refused; the server takes ${methods}`),
      );
      return;
    }
    this.#current = next;
    this.#rounds = 0;
    this.#offer(next);
  }

  #offer(credential: ClientCredential): void {
    if (credential.kind === 'public-key') this.#sendKey(credential);
    else if (credential.kind === 'password') this.#sendPassword(credential.password, null);
    else this.#context.send(this.#request('keyboard-interactive').string('').string('').finish());
  }

  #sendPassword(password: Secret, replacement: Secret | null): void {
    const request = this.#request('password')
      .boolean(replacement !== null)
      .string(password.reveal());
    if (replacement !== null) request.string(replacement.reveal());
    this.#context.send(request.finish());
  }

  /** Signs at once: asking first whether the key is known costs a round trip, and our keys are at hand. */
  #sendKey(credential: Extract<ClientCredential, { kind: 'public-key' }>): void {
    const { key, certificate } = credential;
    const { user, sessionId } = this.#context;
    const plain = this.#chooseAlgorithm(signatureAlgorithmsOf(key.publicKey.type));
    const algorithm = certificate === undefined ? plain : certificateAlgorithm(plain);
    const blob = certificate?.blob ?? key.publicKey.blob;
    const data = signedRequest({ sessionId: sessionId(), user, service, algorithm, blob });
    const request = this.#request('publickey').boolean(true).string(algorithm).string(blob);
    this.#context.send(request.string(signWith(key, plain, data)).finish());
  }

  #chooseAlgorithm(possible: readonly SignatureAlgorithm[]): SignatureAlgorithm {
    const announced = this.#context.serverSignatures();
    return possible.find((name) => announced?.has(name) === true) ?? possible[0] ?? 'ssh-ed25519';
  }

  #onMethodReply(reader: WireReader): void {
    const current = this.#current;
    if (current?.kind === 'interactive') {
      this.#onQuestions(reader, current.answer);
    } else if (current?.kind === 'password') {
      const prompt = printable(reader.text());
      const { change, password } = current;
      if (change === undefined) {
        this.#done = true;
        this.#context.onFailed(
          new WherryError('login-refused', 'The server demands that the password is changed'),
        );
        return;
      }
      this.#countRound();
      this.#wait(async () => {
        this.#sendPassword(password, await change(prompt, this.#context.signal));
      });
    } else {
      throw protocolError('An answer came to no authentication');
    }
  }

  #onQuestions(
    reader: WireReader,
    answer: Extract<ClientCredential, { kind: 'interactive' }>['answer'],
  ): void {
    this.#countRound();
    const [title, instruction] = [printable(reader.text()), printable(reader.text())];
    reader.string();
    const prompts: { readonly text: string; readonly echo: boolean }[] = [];
    for (let left = reader.uint32(); left > 0; left -= 1) {
      prompts.push({ text: printable(reader.text()), echo: reader.boolean() });
    }
    const round: PromptRound = { title, instruction, prompts };
    this.#wait(async () => {
      const answers = await answer(round, this.#context.signal);
      const response = startMessage(message.authenticationInfoResponse).uint32(answers.length);
      for (const secret of answers) response.string(secret.reveal());
      this.#context.send(response.finish());
    });
  }

  #countRound(): void {
    this.#rounds += 1;
    if (this.#rounds > this.#context.limits.interactiveRounds)
      throw protocolError('The server asks too often');
  }

  #request(method: string): WireWriter {
    return startMessage(message.authenticationRequest)
      .string(this.#context.user)
      .string(service)
      .string(method);
  }

  #wait(task: () => Promise<void>): void {
    const release = this.#context.pause();
    void (async () => {
      try {
        await task();
      } catch (thrown) {
        this.#done = true;
        this.#context.onFailed(toWherryError(thrown, 'log in'));
      } finally {
        release();
      }
    })();
  }
}
