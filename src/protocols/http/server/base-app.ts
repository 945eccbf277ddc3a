import fastify, { type FastifyInstance, type FastifyServerFactory } from 'fastify';
import { WherryError } from '#core/errors.ts';
import { ContractValidators, InvalidRequest } from './contract-validators.ts';
import { sendError } from './error-replies.ts';

/** JSON of requests; whatever is larger is a file and goes another way. */
const maximumBodyOctets = 2 * 1024 * 1024;

/** Makes an application without routes: bodies are checked against contracts, and errors have one form. */
export function newApp({
  trustedProxies = [],
  onProblem,
  serverFactory,
}: {
  readonly trustedProxies?: readonly string[];
  /** Hears of what should not have happened, with all that is known of it. */
  readonly onProblem: (thrown: unknown) => void;
  readonly serverFactory?: FastifyServerFactory | undefined;
}): FastifyInstance {
  const app = fastify({
    bodyLimit: maximumBodyOctets,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    exposeHeadRoutes: false,
    ...(serverFactory === undefined ? {} : { serverFactory }),
  });
  const validators = new ContractValidators();
  app.setValidatorCompiler(({ schema, httpPart }) =>
    validators.compile(schema as object, httpPart === 'querystring'),
  );
  // Handlers give what the contract says, which the compiler and the tests hold them to.
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler(async (thrown, _request, reply) => {
    if (thrown instanceof InvalidRequest) {
      const told = thrown.problems.map(
        ({ field, message }) => `${field === '' ? 'the request' : field}: ${message}`,
      );
      const error = new WherryError('invalid-argument', `Cannot take the request: ${told.join('; ')}`);
      return sendError(reply, error, thrown.problems);
    }
    const error = fromFastify(thrown);
    if (!(error instanceof WherryError)) onProblem(thrown);
    return sendError(reply, error);
  });
  return app;
}

/** Fastify's own complaints (a body that is no JSON, one that is too large) in neutral words. */
function fromFastify(thrown: unknown): unknown {
  const { statusCode, code, message } = (thrown ?? {}) as {
    readonly statusCode?: unknown;
    readonly code?: unknown;
    readonly message?: string;
  };
  if (thrown instanceof WherryError || typeof code !== 'string' || !code.startsWith('FST_')) return thrown;
  if (statusCode === 413) return new WherryError('too-large', 'The request is too large');
  return new WherryError('protocol', `Cannot take the request: ${message ?? code}`);
}
