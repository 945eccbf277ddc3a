/** What a server lists in reply to FEAT (RFC 2389): names in upper case with the text behind them. */
export type Features = ReadonlyMap<string, string>;

/** Features that one server may list; more is a joke, and none of it is kept. */
const maximumFeatures = 512;

/**
 * Reads the lines of a FEAT reply without its first and last one. Indents of any kind or none are accepted, and of a
 * feature listed twice (`AUTH TLS`, `AUTH SSL`) the texts are joined by a space.
 */
export function parseFeatures(lines: readonly string[]): Features {
  const features = new Map<string, string>();
  for (const line of lines) {
    const match = /^\s*(?:211[ -])?\s*([A-Za-z][\w-]*)(?:\s+(.*?))?\s*$/.exec(line);
    if (match === null || features.size >= maximumFeatures) continue;
    const name = (match[1] ?? '').toUpperCase();
    const before = features.get(name);
    const text = match[2] ?? '';
    features.set(name, before === undefined || before === '' ? text : `${before} ${text}`);
  }
  return features;
}

/** The facts that a server can tell by MLST, as it writes them, and whether each is on. */
export function parseMlstFeature(text: string): ReadonlyMap<string, boolean> {
  const facts = new Map<string, boolean>();
  for (const part of text.split(';')) {
    const name = part.trim();
    if (name === '' || name === '*') continue;
    facts.set(name.replace(/\*$/, ''), name.endsWith('*'));
  }
  return facts;
}

/** The digests that a server can compute by HASH, and the one that is selected (with a star; null for none). */
export function parseHashFeature(text: string): {
  readonly names: readonly string[];
  readonly selected: string | null;
} {
  const parts = text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const selected = parts.find((part) => part.endsWith('*'))?.slice(0, -1) ?? null;
  return { names: parts.map((part) => part.replace(/\*$/, '').toUpperCase()), selected };
}
