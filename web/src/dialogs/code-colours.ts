import { HighlightStyle } from '@codemirror/language';
import { tags } from '@lezer/highlight';

/** The colours of code, those of the page: each can be read on its ground in light and in dark. */
export const codeColours = HighlightStyle.define([
  {
    tag: [tags.comment, tags.meta, tags.documentMeta, tags.processingInstruction],
    color: 'var(--text-quiet)',
  },
  { tag: [tags.string, tags.special(tags.string), tags.regexp, tags.inserted], color: 'var(--good)' },
  { tag: [tags.number, tags.bool, tags.atom, tags.null, tags.unit], color: 'var(--picture)' },
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.tagName], color: 'var(--info)' },
  {
    tag: [tags.attributeName, tags.propertyName, tags.labelName, tags.typeName, tags.className],
    color: 'var(--accent)',
  },
  { tag: [tags.invalid, tags.deleted], color: 'var(--bad)' },
  { tag: [tags.heading, tags.strong], fontWeight: '600' },
  { tag: tags.emphasis, fontStyle: 'italic' },
  { tag: [tags.link, tags.url], color: 'var(--info)', textDecoration: 'underline' },
]);
