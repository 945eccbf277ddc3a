import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import {
  bracketMatching,
  indentOnInput,
  StreamLanguage,
  syntaxHighlighting,
  type StreamParser,
} from '@codemirror/language';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { extensionOf } from '../model/file-kind.ts';
import { codeColours } from './code-colours.ts';

interface CodeViewOptions {
  readonly text: string;
  readonly name: string;
  readonly readOnly: boolean;
  readonly onChange: () => void;
  readonly onSave: () => void;
}

/** An open editor. */
export interface CodeView {
  text(): string;
  focus(): void;
  close(): void;
}

type Parser = StreamParser<unknown>;

/** The language of a file by its extension, fetched when such a file is opened. */
const languages: Readonly<Record<string, () => Promise<Parser>>> = {
  css: async () => (await import('@codemirror/legacy-modes/mode/css')).css,
  js: async () => (await import('@codemirror/legacy-modes/mode/javascript')).javascript,
  ts: async () => (await import('@codemirror/legacy-modes/mode/javascript')).typescript,
  json: async () => (await import('@codemirror/legacy-modes/mode/javascript')).json,
  html: async () => (await import('@codemirror/legacy-modes/mode/xml')).html,
  xml: async () => (await import('@codemirror/legacy-modes/mode/xml')).xml,
  yaml: async () => (await import('@codemirror/legacy-modes/mode/yaml')).yaml,
  toml: async () => (await import('@codemirror/legacy-modes/mode/toml')).toml,
  ini: async () => (await import('@codemirror/legacy-modes/mode/properties')).properties,
  sh: async () => (await import('@codemirror/legacy-modes/mode/shell')).shell,
  py: async () => (await import('@codemirror/legacy-modes/mode/python')).python,
  sql: async () => (await import('@codemirror/legacy-modes/mode/sql')).standardSQL,
};

const sameAs: Readonly<Record<string, string>> = {
  mjs: 'js',
  cjs: 'js',
  jsx: 'js',
  tsx: 'ts',
  htm: 'html',
  svg: 'xml',
  vue: 'html',
  yml: 'yaml',
  conf: 'ini',
  cfg: 'ini',
  env: 'ini',
  htaccess: 'ini',
  bash: 'sh',
};

/** The colours of the page. */
const theme = EditorView.theme({
  '&': { height: '100%', color: 'var(--text)', backgroundColor: 'var(--surface)', fontSize: '13px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55' },
  '.cm-gutters': {
    backgroundColor: 'var(--surface-sunken)',
    color: 'var(--text-quiet)',
    borderRight: '1px solid var(--line)',
  },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--hover)' },
  '&.cm-focused': { outline: 'none' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--selected)',
  },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-panels': { backgroundColor: 'var(--surface-sunken)', color: 'var(--text)' },
});

/**
 * Opens an editor in an element. It lives in a shadow root, where its styles are constructed sheets: the policy of the
 * page allows no inline styles.
 */
export async function openCodeView(host: HTMLElement, options: CodeViewOptions): Promise<CodeView> {
  const { text, name, readOnly, onChange, onSave } = options;
  const language = await languageOf(name);
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        highlightSpecialChars(),
        highlightActiveLine(),
        highlightSelectionMatches(),
        indentOnInput(),
        bracketMatching(),
        syntaxHighlighting(codeColours),
        EditorState.readOnly.of(readOnly),
        EditorView.contentAttributes.of({ 'aria-label': 'Text of the file' }),
        keymap.of([
          { key: 'Mod-s', run: () => (onSave(), true) },
          ...defaultKeymap,
          ...historyKeymap,
          ...searchKeymap,
          indentWithTab,
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange();
        }),
        theme,
        language,
      ],
    }),
  });
  view.focus();
  return {
    text: () => view.state.doc.toString(),
    focus: () => view.focus(),
    close: () => view.destroy(),
  };
}

async function languageOf(name: string): Promise<Extension> {
  const extension = extensionOf(name);
  const load = languages[sameAs[extension] ?? extension];
  return load === undefined ? [] : StreamLanguage.define(await load());
}
