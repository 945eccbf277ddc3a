import { toWherryError, type WherryError } from '#core/errors.ts';
import { Secret } from '#core/secret.ts';
import type { KeyCredential, PromptRound, SshCredential } from '../authentication/credentials.ts';
import { signedRequest } from '../authentication/signed-request.ts';
import { fingerprintOf, verifySignature } from '../keys/public-key.ts';
import type { SshLimits } from '../limits.ts';
import { disconnectReason, message } from '../wire/messages.ts';
import { protocolError, SshDisconnect } from '../wire/ssh-error.ts';
import { startMessage } from '../wire/wire-writer.ts';
import { WireReader } from '../wire/wire-reader.ts';
import { parseAuthenticationRequest, type AuthenticationRequest } from './authentication-request.ts';
import { readOfferedKey, type OfferedKey } from './offered-key.ts';
import type { SshAuthenticator, SshLoginOutcome, SshServerEvent } from './server-options.ts';

/** What the authentication needs of the connection around it. */
export interface AuthenticationContext<Identity> {
  readonly authenticator: SshAuthenticator<Identity>;
  readonly limits: SshLimits;
  readonly banner: string | null;
  readonly sessionId: () => Buffer;
  readonly signal: AbortSignal;
  send(payload: Buffer): void;
  pause(): () => void;
  close(error: WherryError): void;
  emit(event: SshServerEvent): void;
  /** Called once, before SUCCESS is sent. */
  onAccepted(identity: Identity, user: string, credential: SshCredential): void;
}

const service = 'ssh-connection';
const passwordQuestion = 'Password: ';

function roundOf(question: string): PromptRound {
  return { title: '', instruction: '', prompts: [{ text: question, echo: false }] };
}

interface Dialogue {
  readonly user: string;
  readonly rounds: (readonly Secret[])[];
  questions: number;
}

/** The server's side of RFC 4252 and 4256: one request after the other, a limited number of them. */
export class ServerAuthentication<Identity> {
  readonly #context: AuthenticationContext<Identity>;
  #methods: readonly string[];
  #user: string | null = null;
  #previous: SshCredential[] = [];
  #dialogue: Dialogue | null = null;
  #question = passwordQuestion;
  #failures = 0;
  #offers = 0;
  #requests = 0;
  #bannerSent = false;
  #accepted = false;

  constructor(context: AuthenticationContext<Identity>) {
    this.#context = context;
    this.#methods = context.authenticator.methods;
  }

  get accepted(): boolean {
    return this.#accepted;
  }

  /** Handles a message; false for one that does not belong here. */
  handle(payload: Buffer): boolean {
    const number = payload[0] ?? 0;
    if (number === message.authenticationRequest) {
      if (!this.#accepted) this.#onRequest(parseAuthenticationRequest(payload));
      return true;
    }
    if (number === message.authenticationInfoResponse && !this.#accepted) {
      this.#onAnswers(new WireReader(payload, 1));
      return true;
    }
    return false;
  }

  #onRequest(request: AuthenticationRequest): void {
    this.#requests += 1;
    if (this.#requests > this.#context.limits.authenticationRequests) throw tooMany();
    if (request.service !== service) {
      throw new SshDisconnect(disconnectReason.serviceNotAvailable, 'This service is not available');
    }
    if (request.user !== this.#user) {
      this.#user = request.user;
      this.#previous = [];
      this.#question = passwordQuestion;
      this.#methods = this.#context.authenticator.methods;
    }
    this.#dialogue = null;
    this.#sendBanner();
    const start = this.#methods.includes(request.method) || request.method === 'none';
    const handler = start ? this.#handlers[request.method] : undefined;
    if (handler === undefined) this.#refuse(request.user, request.method, 'the method is not offered');
    else handler(request);
  }

  readonly #handlers: Readonly<Record<string, (request: AuthenticationRequest) => void>> = {
    none: ({ user }) => {
      if (this.#context.authenticator.methods.includes('none')) this.#try(user, 'none', { kind: 'none' });
      // Asking for the list of methods is not a failed attempt (RFC 4252 section 5.2).
      else this.#sendFailure(false);
    },
    password: ({ user, fields }) => {
      const changes = fields.boolean();
      const password = new Secret(fields.text());
      const newPassword = changes ? new Secret(fields.text()) : null;
      fields.end();
      this.#try(user, 'password', { kind: 'password', password, newPassword });
    },
    publickey: (request) => {
      this.#onPublicKey(request);
    },
    'keyboard-interactive': ({ user }) => {
      this.#dialogue = { user, rounds: [], questions: 0 };
      if (this.#context.authenticator.interactive === 'dialogue') this.#tryDialogue(this.#dialogue);
      else this.#ask(this.#dialogue, roundOf(this.#question));
    },
  };

  #onPublicKey({ user, fields }: AuthenticationRequest): void {
    const signed = fields.boolean();
    const algorithm = fields.text();
    const blob = fields.string();
    const signature = signed ? fields.string() : null;
    fields.end();
    const offered = this.#readKey(user, algorithm, blob);
    if (offered === null) return;
    if (signature === null) {
      this.#offer(user, offered);
      return;
    }
    const sessionId = this.#context.sessionId();
    const data = signedRequest({ sessionId, user, service, algorithm, blob: offered.blob });
    const { credential, signatureAlgorithm } = offered;
    if (verifySignature(credential.publicKey, signatureAlgorithm, signature, data)) {
      this.#try(user, 'publickey', credential);
    } else {
      this.#refuse(user, 'publickey', 'the signature is wrong', credential);
    }
  }

  #readKey(user: string, algorithm: string, blob: Buffer): OfferedKey | null {
    const { authenticator } = this.#context;
    const isPeerIn = authenticator.isPeerIn === undefined ? null : authenticator.isPeerIn.bind(authenticator);
    try {
      return readOfferedKey(algorithm, blob, { isPeerIn });
    } catch (thrown) {
      this.#countOffer();
      this.#refuse(user, 'publickey', toWherryError(thrown, 'read the key').message, null, false);
      return null;
    }
  }

  #offer(user: string, offered: OfferedKey): void {
    this.#countOffer();
    const { authenticator, signal } = this.#context;
    const { credential } = offered;
    this.#wait(async () => {
      const accepts = (await authenticator.acceptsKey?.(user, credential, signal)) ?? true;
      if (!accepts) {
        this.#refuse(user, 'publickey', 'the key is not known', credential, false);
        return;
      }
      this.#report(user, 'publickey', 'key-offered', null, credential);
      const answer = startMessage(message.authenticationMethodReply).string(credential.algorithm);
      this.#context.send(answer.string(offered.blob).finish());
    });
  }

  #countOffer(): void {
    this.#offers += 1;
    if (this.#offers > this.#context.limits.keyOffers) throw tooMany();
  }

  #onAnswers(reader: WireReader): void {
    const dialogue = this.#dialogue;
    if (dialogue === null) throw protocolError('Answers came to no question');
    const count = reader.uint32();
    if (count !== dialogue.questions)
      throw protocolError('The number of answers is not that of the questions');
    const answers = Array.from({ length: count }, () => new Secret(reader.text()));
    reader.end();
    dialogue.rounds.push(answers);
    const [password] = answers;
    if (this.#context.authenticator.interactive === 'dialogue') {
      this.#tryDialogue(dialogue);
    } else if (password !== undefined) {
      const credential: SshCredential = { kind: 'password', password, newPassword: null };
      this.#dialogue = null;
      this.#try(dialogue.user, 'keyboard-interactive', credential);
    }
  }

  #tryDialogue(dialogue: Dialogue): void {
    if (dialogue.rounds.length > this.#context.limits.interactiveRounds) throw tooMany();
    this.#try(dialogue.user, 'keyboard-interactive', { kind: 'interactive', rounds: [...dialogue.rounds] });
  }

  #ask(dialogue: Dialogue, round: PromptRound): void {
    dialogue.questions = round.prompts.length;
    this.#dialogue = dialogue;
    const request = startMessage(message.authenticationMethodReply)
      .string(round.title)
      .string(round.instruction);
    request.string('').uint32(round.prompts.length);
    for (const prompt of round.prompts) request.string(prompt.text).boolean(prompt.echo);
    this.#context.send(request.finish());
  }

  #try(user: string, method: string, credential: SshCredential): void {
    const { authenticator, signal } = this.#context;
    const previous = [...this.#previous];
    this.#wait(async () => {
      const outcome = await this.#authenticate(() =>
        authenticator.authenticate({ user, credential, previous }, signal),
      );
      if (!signal.aborted) this.#conclude(user, method, credential, outcome);
    });
  }

  /** A source of accounts that cannot tell refuses; why is for the log. */
  async #authenticate(
    ask: () => SshLoginOutcome<Identity> | Promise<SshLoginOutcome<Identity>>,
  ): Promise<SshLoginOutcome<Identity>> {
    try {
      return await ask();
    } catch (thrown) {
      return { outcome: 'refused', reason: toWherryError(thrown, 'check the login').message };
    }
  }

  #conclude(
    user: string,
    method: string,
    credential: SshCredential,
    result: SshLoginOutcome<Identity>,
  ): void {
    switch (result.outcome) {
      case 'accepted':
        this.#accepted = true;
        this.#report(user, method, 'accepted', null, credential);
        this.#context.onAccepted(result.identity, user, credential);
        return;
      case 'more':
        this.#previous.push(credential);
        this.#methods = result.methods;
        this.#question = result.question ?? passwordQuestion;
        this.#report(user, method, 'partial', null, credential);
        this.#sendFailure(true);
        return;
      case 'change-password':
        this.#context.send(
          startMessage(message.authenticationMethodReply).string(result.prompt).string('').finish(),
        );
        return;
      case 'ask':
        this.#ask(this.#dialogue ?? { user, rounds: [], questions: 0 }, result.round);
        return;
      case 'refused':
        this.#refuse(user, method, result.reason, credential);
    }
  }

  /** @param counts whether it is one of the failures that are limited */
  // oxlint-disable-next-line max-params -- a private helper; an object for each refusal would say no more
  #refuse(
    user: string,
    method: string,
    reason: string,
    credential: SshCredential | null = null,
    counts = true,
  ): void {
    this.#report(user, method, 'refused', reason, credential);
    if (counts) this.#failures += 1;
    if (this.#failures >= this.#context.limits.authenticationTries) {
      this.#context.close(tooMany());
      return;
    }
    this.#sendFailure(false);
  }

  // oxlint-disable-next-line max-params -- a private helper that only fills in an event
  #report(
    user: string,
    method: string,
    outcome: 'accepted' | 'partial' | 'refused' | 'key-offered',
    reason: string | null,
    credential: SshCredential | null,
  ): void {
    this.#context.emit({
      event: 'authentication',
      user,
      method,
      outcome,
      reason,
      fingerprint: keyOf(credential),
    });
  }

  #sendFailure(partial: boolean): void {
    const methods = this.#methods.filter((method) => method !== 'none');
    this.#context.send(
      startMessage(message.authenticationFailure).nameList(methods).boolean(partial).finish(),
    );
  }

  #sendBanner(): void {
    const { banner } = this.#context;
    if (this.#bannerSent || banner === null) return;
    this.#bannerSent = true;
    this.#context.send(startMessage(message.authenticationBanner).string(banner).string('').finish());
  }

  /** The next request is read when this one is answered. */
  #wait(task: () => Promise<void>): void {
    const release = this.#context.pause();
    void (async () => {
      try {
        await task();
      } catch (thrown) {
        this.#context.close(toWherryError(thrown, 'authenticate'));
      } finally {
        release();
      }
    })();
  }
}

function keyOf(credential: SshCredential | KeyCredential | null): string | null {
  return credential?.kind === 'public-key' ? fingerprintOf(credential.publicKey.blob) : null;
}

function tooMany(): SshDisconnect {
  return new SshDisconnect(
    disconnectReason.protocolError,
    'Too many authentication failures',
    'login-refused',
  );
}
