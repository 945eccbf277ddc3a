import { Ajv, type AnySchema, type ErrorObject, type ValidateFunction } from 'ajv';

/** What a validator tells Fastify. */
type Verdict = true | { readonly error: Error & { readonly validation?: unknown } };

/** Compilers of validators: queries come as text and are read as numbers, bodies are taken as they are. */
export class ContractValidators {
  // Bodies are bounded, and people want to hear of every problem at once.
  readonly #strict = new Ajv({ allErrors: true, useDefaults: true, strict: false });
  readonly #coercing = new Ajv({ allErrors: true, useDefaults: true, coerceTypes: true, strict: false });

  /** The validator of a part of a request. It is compiled by the first request: most are never needed. */
  compile(schema: AnySchema, isText: boolean): (value: unknown) => Verdict {
    let validate: ValidateFunction | null = null;
    return (value) => {
      validate ??= (isText ? this.#coercing : this.#strict).compile(schema);
      if (validate(value)) return true;
      const error = new InvalidRequest(validate.errors ?? []);
      return { error };
    };
  }
}

/** A request that does not follow the contract. */
export class InvalidRequest extends Error {
  override readonly name = 'InvalidRequest';
  readonly problems: readonly { readonly field: string; readonly message: string }[];

  constructor(errors: readonly ErrorObject[]) {
    super('the request does not follow the contract');
    this.problems = errors.map(({ instancePath, keyword, params, message = 'is not allowed' }) => {
      const field = instancePath.slice(1).replaceAll('/', '.');
      const { additionalProperty, missingProperty } = params as Readonly<Record<string, string | undefined>>;
      if (keyword === 'additionalProperties')
        return { field: join(field, additionalProperty), message: 'there is no such field' };
      if (keyword === 'required') return { field: join(field, missingProperty), message: 'it is missing' };
      const allowed = (params as { readonly allowedValues?: readonly unknown[] }).allowedValues;
      return { field, message: allowed === undefined ? message : `choose ${allowed.map(String).join(', ')}` };
    });
  }
}

function join(field: string, name = ''): string {
  return field === '' ? name : `${field}.${name}`;
}
