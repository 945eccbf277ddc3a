import { lazy, Suspense, type ComponentType, type LazyExoticComponent, type ReactNode } from 'react';
import { questions } from '../state/connections.ts';
import { closeDialog, dialogs, type DialogComponent, type DialogKind } from '../state/dialogs.ts';
import { useStore } from '../state/store.ts';

type Loaders = { readonly [Kind in DialogKind]: () => Promise<DialogComponent<Kind>> };

/** Each dialog is a file of its own, fetched when it is first opened. */
const loaders: Loaders = {
  'site-manager': async () => (await import('../sites/site-manager.tsx')).SiteManager,
  bookmarks: async () => (await import('../sites/bookmarks.tsx')).Bookmarks,
  mode: async () => (await import('../dialogs/mode.tsx')).ModeDialog,
  properties: async () => (await import('../dialogs/properties.tsx')).PropertiesDialog,
  editor: async () => (await import('../dialogs/editor.tsx')).EditorDialog,
  preview: async () => (await import('../dialogs/preview.tsx')).PreviewDialog,
  search: async () => (await import('../dialogs/search.tsx')).SearchDialog,
  synchronise: async () => (await import('../dialogs/synchronise.tsx')).SynchroniseDialog,
  confirm: async () => (await import('../dialogs/small.tsx')).ConfirmDialog,
  prompt: async () => (await import('../dialogs/small.tsx')).PromptDialog,
  command: async () => (await import('../dialogs/command.tsx')).CommandDialog,
  palette: async () => (await import('../palette/palette.tsx')).Palette,
  shortcuts: async () => (await import('../palette/shortcuts.tsx')).Shortcuts,
  settings: async () => (await import('../dialogs/settings.tsx')).SettingsDialog,
  share: async () => (await import('../hosted/share.tsx')).ShareDialog,
  account: async () => (await import('../hosted/account.tsx')).AccountDialog,
};

type AnyDialog = ComponentType<Record<string, unknown> & { readonly close: () => void }>;

const components = Object.fromEntries(
  Object.entries(loaders).map(([kind, load]) => [
    kind,
    lazy(async () => ({ default: (await load()) as unknown as AnyDialog })),
  ]),
) as Readonly<Record<DialogKind, LazyExoticComponent<AnyDialog>>>;

const QuestionDialog = lazy(async () => ({
  default: (await import('../dialogs/question.tsx')).QuestionDialog,
}));

/** The dialogs that are open, and above them the first question that waits for an answer. */
export function DialogHost(): ReactNode {
  const open = useStore(dialogs);
  const question = useStore(questions, (all) => all[0] ?? null);
  return (
    <Suspense fallback={null}>
      {open.map(({ id, kind, props }) => {
        const Component = components[kind];
        return <Component key={id} {...(props as Record<string, unknown>)} close={() => closeDialog(id)} />;
      })}
      {question !== null && <QuestionDialog key={question.id} question={question} />}
    </Suspense>
  );
}
