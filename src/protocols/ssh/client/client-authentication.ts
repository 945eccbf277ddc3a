import { toWherryError, WherryError } from '#core/errors.ts';
import type { Secret } from '#core/secret.ts';
import type { PromptRound } from '../authentication/credentials.ts';
import { signedRequest } from '../authentication/signed-request.ts';
import { certificateAlgorithm } from '../keys/certificate.ts';
import { signatureAlgorithmsOf, type SignatureAlgorithm } from '../keys/signature-algorithms.ts';
import type { SshLimits } from '../limits.ts';
import { message } from '../wire/messages.ts';
import { protocolError } from '../wire/ssh-error.ts';
import { startMessage, type WireWriter } from '../wire/wire-writer.ts';
import { WireReader } from '../wire/wire-reader.ts';
import type { ClientCredential, SshClientEvent } from './client-options.ts';
import { keyOffersOf, type KeyOffer } from './key-offers.ts';

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
  /** Lets the server know that its message has come, where it may be holding back the next one until then. */
  acknowledge(): void;
  pause(): () => void;
  emit(event: SshClientEvent): void;
  onAccepted(): void;
  onFailed(error: WherryError): void;
}

const service = 'ssh-connection';

const methodNames = Object.freeze({
  'public-key': 'publickey',
  'locked-key': 'publickey',
  agent: 'publickey',
  password: 'password',
  interactive: 'keyboard-interactive',
}) satisfies Readonly<Record<ClientCredential['kind'], string>>;

/** Questions of one round: a form of sixteen fields is already none that anybody fills in. */
const maximumPrompts = 64;

const printable = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- a server's text must not steer the terminal
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');

/** What is being tried now. */
type Trial =
  | { readonly kind: 'key'; readonly offer: KeyOffer; readonly algorithm: SignatureAlgorithm }
  | Extract<ClientCredential, { kind: 'password' | 'interactive' }>;

/** The client's side of RFC 4252 and 4256: offers its credentials one after the other. */
export class ClientAuthentication {
  readonly #context: ClientAuthenticationContext;
  readonly #untried: ClientCredential[];
  /** Keys of the credential under way that were not offered yet. */
  readonly #offers: KeyOffer[] = [];
  #current: Trial | null = null;
  /** What the server takes, by its last answer. */
  #methods: readonly string[] = [];
  #rounds = 0;
  #done = false;

  constructor(context: ClientAuthenticationContext) {
    this.#context = context;
    this.#untried = [...context.credentials];
  }

  /**
   * Begins with the first credential where it is a secret at hand; else, or when that is refused, with the methods that
   * the server offers. Asking for them first would cost a round trip, and all servers know these two.
   */
  start(): void {
    this.#context.send(startMessage(message.serviceRequest).string('ssh-userauth').finish());
    const [first] = this.#untried;
    if (first !== undefined && mayComeFirst(first)) this.#takeNext([methodNames[first.kind]]);
    else this.#context.send(this.#request('none').finish());
  }

  /** Handles a message; false for one that does not belong here. */
  handle(payload: Buffer): boolean {
    const handler = this.#handlers[payload[0] ?? 0];
    if (handler === undefined || this.#done) return false;
    handler(new WireReader(payload, 1));
    return true;
  }

  readonly #handlers: Readonly<Record<number, (reader: WireReader) => void>> = {
    [message.serviceAccept]: () => {
      // The answer to what was sent along comes next.
      this.#context.acknowledge();
    },
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
    const current = this.#current;
    const method =
      current === null ? 'none' : current.kind === 'key' ? 'publickey' : methodNames[current.kind];
    this.#context.emit({ event: 'authentication', method, outcome });
  }

  #onFailure(methods: readonly string[], partial: boolean): void {
    this.#methods = methods;
    if (this.#current !== null || partial) this.#report(partial ? 'partial' : 'refused');
    // What follows a partial success is a proof of another kind, not the next key of the same.
    if (partial) this.#offers.length = 0;
    const offer = methods.includes('publickey') ? this.#offers.shift() : undefined;
    if (offer === undefined) this.#takeNext(methods);
    else this.#sendKey(offer);
  }

  #takeNext(methods: readonly string[]): void {
    const index = this.#untried.findIndex(({ kind }) => methods.includes(methodNames[kind]));
    const [next] = index < 0 ? [] : this.#untried.splice(index, 1);
    if (next === undefined) {
      this.#fail(
        new WherryError(
          'login-refused',
          `The login was refused; the server takes ${methods.join(', ') || 'nothing else'}`,
        ),
      );
      return;
    }
    this.#rounds = 0;
    if (next.kind === 'password') {
      this.#current = next;
      this.#sendPassword(next.password, null);
    } else if (next.kind === 'interactive') {
      this.#current = next;
      this.#context.send(this.#request('keyboard-interactive').string('').string('').finish());
    } else {
      this.#wait(async () => {
        this.#offers.push(...(await keyOffersOf(next, this.#context.signal)));
        const first = this.#offers.shift();
        if (first === undefined) this.#takeNext(methods);
        else this.#sendKey(first);
      });
    }
  }

  #sendPassword(password: Secret, replacement: Secret | null): void {
    const request = this.#request('password')
      .boolean(replacement !== null)
      .string(password.reveal());
    if (replacement !== null) request.string(replacement.reveal());
    this.#context.send(request.finish());
  }

  #sendKey(offer: KeyOffer): void {
    const algorithm = this.#chooseAlgorithm(signatureAlgorithmsOf(offer.publicKey.type));
    this.#current = { kind: 'key', offer, algorithm };
    if (offer.askFirst) this.#context.send(this.#keyRequest(offer, algorithm, false).finish());
    else this.#signKey(offer, algorithm);
  }

  #keyRequest(offer: KeyOffer, algorithm: SignatureAlgorithm, signed: boolean): WireWriter {
    return this.#request('publickey').boolean(signed).string(nameOf(offer, algorithm)).string(offer.blob);
  }

  #signKey(offer: KeyOffer, algorithm: SignatureAlgorithm): void {
    const { user, sessionId, signal } = this.#context;
    this.#wait(async () => {
      const data = signedRequest({
        sessionId: sessionId(),
        user,
        service,
        algorithm: nameOf(offer, algorithm),
        blob: offer.blob,
      });
      let signature: Buffer;
      try {
        signature = await offer.sign(algorithm, data, signal);
      } catch (thrown) {
        const error = toWherryError(thrown, 'log in');
        if (error.code !== 'login-refused') throw error;
        // Whoever holds the key does not want it used here; there may be others.
        this.#onFailure(this.#methods, false);
        return;
      }
      this.#context.send(this.#keyRequest(offer, algorithm, true).string(signature).finish());
    });
  }

  #chooseAlgorithm(possible: readonly SignatureAlgorithm[]): SignatureAlgorithm {
    const announced = this.#context.serverSignatures();
    return possible.find((name) => announced?.has(name) === true) ?? possible[0] ?? 'ssh-ed25519';
  }

  #onMethodReply(reader: WireReader): void {
    const current = this.#current;
    if (current?.kind === 'interactive') {
      this.#onQuestions(reader, current.answer);
    } else if (current?.kind === 'key' && current.offer.askFirst) {
      reader.string();
      if (!reader.string().equals(current.offer.blob))
        throw protocolError('The server takes a key not offered');
      this.#countRound();
      this.#signKey(current.offer, current.algorithm);
    } else if (current?.kind === 'password') {
      this.#onPasswordChange(current, printable(reader.text()));
    } else {
      throw protocolError('An answer came to no authentication');
    }
  }

  #onPasswordChange(current: Extract<Trial, { kind: 'password' }>, prompt: string): void {
    const { change, password } = current;
    if (change === undefined) {
      this.#fail(new WherryError('login-refused', 'The server demands that the password is changed'));
      return;
    }
    this.#countRound();
    this.#wait(async () => {
      this.#sendPassword(password, await change(prompt, this.#context.signal));
    });
  }

  #onQuestions(
    reader: WireReader,
    answer: Extract<ClientCredential, { kind: 'interactive' }>['answer'],
  ): void {
    this.#countRound();
    const [title, instruction] = [printable(reader.text()), printable(reader.text())];
    reader.string();
    const count = reader.uint32();
    if (count > maximumPrompts) throw protocolError('The server asks too much at once');
    const prompts: { readonly text: string; readonly echo: boolean }[] = [];
    for (let left = count; left > 0; left -= 1) {
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

  /** Rounds of questions are capped on this side too: a server could ask forever. */
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

  #fail(error: WherryError): void {
    this.#done = true;
    this.#context.onFailed(error);
  }

  /** Nothing of the server is read meanwhile, so its messages and this task never cross. */
  #wait(task: () => Promise<void>): void {
    const release = this.#context.pause();
    void (async () => {
      try {
        await task();
      } catch (thrown) {
        this.#fail(toWherryError(thrown, 'log in'));
      } finally {
        release();
      }
    })();
  }
}

function nameOf(offer: KeyOffer, algorithm: SignatureAlgorithm): string {
  return offer.certified ? certificateAlgorithm(algorithm) : algorithm;
}

/** An RSA key needs to know the server's signature algorithms, which come only behind the first answers. */
function mayComeFirst(credential: ClientCredential): boolean {
  if (credential.kind === 'password') return true;
  return credential.kind === 'public-key' && credential.key.publicKey.type !== 'ssh-rsa';
}
