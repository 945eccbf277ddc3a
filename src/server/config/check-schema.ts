import { createRequire } from 'node:module';
import type { Ajv2020 as AjvClass, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { nearestWord } from '#core/nearest-word.ts';
import { formats } from './fragments.ts';
import type { SettingPath } from './json-path.ts';
import type { ConfigProblem } from './problem.ts';
import { configSchema } from './schema.ts';
import type { SchemaNode } from './schema-walk.ts';

let compiled: ValidateFunction | null = null;

/**
 * Checks merged settings against the schema and puts in the defaults, in place.
 *
 * @returns every problem, one for each setting at most
 */
export function checkSchema(settings: unknown): readonly ConfigProblem[] {
  const validate = (compiled ??= compile());
  if (validate(settings)) return [];
  const byPlace = new Map<string, ConfigProblem>();
  for (const error of validate.errors ?? []) {
    const problem = describe(error);
    const place = JSON.stringify(problem.path);
    if (!byPlace.has(place)) byPlace.set(place, problem);
  }
  return [...byPlace.values()];
}

function compile(): ValidateFunction {
  // Loaded when there is something to check: it takes longer than most commands.
  const require = createRequire(import.meta.url);
  const { Ajv2020 } = require('ajv/dist/2020.js') as { readonly Ajv2020: typeof AjvClass };
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    useDefaults: true,
    strict: false,
    formats,
    // The schema is ours and tested, and is used once: three quarters of the time would go into these.
    meta: false,
    validateSchema: false,
    code: { optimize: false },
  });
  const { $schema: _dialect, ...schema } = configSchema;
  return ajv.compile(schema);
}

function describe(error: ErrorObject): ConfigProblem {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/u.test(step) ? Number(step) : step));
  const schema = (error.parentSchema ?? {}) as SchemaNode;
  const describeError = descriptions[error.keyword] ?? describeValue;
  return describeError(error, schema, path);
}

type Description = (error: ErrorObject, schema: SchemaNode, path: SettingPath) => ConfigProblem;

const descriptions: Readonly<Record<string, Description>> = {
  additionalProperties: (error, schema, path) => {
    const { additionalProperty: name } = error.params as { readonly additionalProperty: string };
    const known = Object.keys(schema.properties ?? {});
    const near = nearestWord(name, known);
    const remedy = near === null ? `there are ${known.join(', ')}` : `did you mean "${near}"?`;
    return { path: [...path, name], message: `there is no such setting; ${remedy}`, atName: true };
  },
  required: (error, schema, path) => {
    const { missingProperty: name } = error.params as { readonly missingProperty: string };
    return { path, message: `"${name}" is missing; ${schema.allowed ?? 'add it'}` };
  },
};

const longestShownValue = 80;

function describeValue(error: ErrorObject, schema: SchemaNode, path: SettingPath): ConfigProblem {
  return { path, message: schema.allowed ?? allowedByType(schema, error.message) };
}

function allowedByType({ type, properties }: SchemaNode, message = 'is not allowed'): string {
  if (properties !== undefined) return `it is a group of settings: ${Object.keys(properties).join(', ')}`;
  return type === 'array' ? 'give a list, as in [one, two]' : `the value ${message}`;
}

/** A value as it may stand in a message: short, and only when it cannot hold a secret. */
export function showValue(value: unknown, schema: SchemaNode | null): string | null {
  if (schema === null || schema.secret === true) return null;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return null;
  const text = String(value);
  return text.length > longestShownValue ? `${text.slice(0, longestShownValue)}…` : text;
}
