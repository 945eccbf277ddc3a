import { configSchema } from './schema.ts';
import type { SettingPath } from './json-path.ts';
import { isSection } from './json-path.ts';

/** What the tools here read of a schema: a part of the standard's words, and our own. */
export interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly allowed?: string;
  readonly secret?: boolean;
  readonly restart?: boolean;
  readonly mustExist?: 'file' | 'directory';
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

/** The schema of the whole configuration, for walking. */
export const rootSchema: SchemaNode = configSchema;

/** Makes a copy of a checked value in which `change` has seen every leaf together with its schema. */
export function mapLeaves(
  value: unknown,
  change: (leaf: unknown, schema: SchemaNode, path: SettingPath) => unknown,
  schema: SchemaNode = rootSchema,
  path: SettingPath = [],
): unknown {
  const { properties, items } = schema;
  if (properties !== undefined && isSection(value)) {
    const entries = Object.entries(value).map(([name, part]) => {
      const partSchema = Object.hasOwn(properties, name) ? (properties[name] ?? {}) : {};
      return [name, mapLeaves(part, change, partSchema, [...path, name])] as const;
    });
    return Object.fromEntries(entries);
  }
  if (items !== undefined && Array.isArray(value)) {
    return value.map((part: unknown, index) => mapLeaves(part, change, items, [...path, index]));
  }
  return change(value, schema, path);
}

/** The settings of the schema that hold values (also lists), with their paths, in order. */
export function* settingsOf(
  schema: SchemaNode = rootSchema,
  path: readonly string[] = [],
): Generator<{ readonly path: readonly string[]; readonly schema: SchemaNode }> {
  for (const [name, part] of Object.entries(schema.properties ?? {})) {
    if (part.properties === undefined) yield { path: [...path, name], schema: part };
    else yield* settingsOf(part, [...path, name]);
  }
}
