import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findImports, resolveImport } from './source-imports.ts';

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** Which files import which for values. Types may name each other, as a parent and its child do. */
async function valueImports(): Promise<Graph> {
  const graph = new Map<string, Set<string>>();
  for (const found of await findImports()) {
    const target = found.kind === 'values' ? resolveImport(found) : null;
    if (target === null) continue;
    const targets = graph.get(found.file) ?? new Set<string>();
    graph.set(found.file, targets.add(target));
  }
  return graph;
}

/** The first way from a file back to itself, or null. */
function findCircle(graph: Graph): readonly string[] | null {
  const finished = new Set<string>();
  const visit = (file: string, way: readonly string[]): readonly string[] | null => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (finished.has(file)) return null;
    for (const target of graph.get(file) ?? []) {
      const circle = visit(target, [...way, file]);
      if (circle !== null) return circle;
    }
    finished.add(file);
    return null;
  };
  for (const file of graph.keys()) {
    const circle = visit(file, []);
    if (circle !== null) return circle;
  }
  return null;
}

test('no file needs itself to be loaded', async () => {
  const graph = await valueImports();
  assert.ok(graph.size > 100, 'the sources were found');
  assert.equal(findCircle(graph)?.join(' → ') ?? null, null);
});

test('a circle is found', () => {
  const graph = new Map([
    ['a', new Set(['b', 'c'])],
    ['b', new Set(['d'])],
    ['c', new Set(['d', 'e'])],
    ['e', new Set(['a'])],
  ]);
  assert.deepEqual(findCircle(graph), ['a', 'c', 'e', 'a']);
});
