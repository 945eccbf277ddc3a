import { useMemo, useRef, useState } from 'react';
import type { Selection } from 'react-aria-components';
import type { SearchHit, SearchQuery } from '#protocols/http/contract/page/files.ts';
import { describe, stream } from '../api/call.ts';
import { Button } from '../components/button.tsx';
import { Checkbox, Choice, TextField } from '../components/fields.tsx';
import { FileIcon } from '../components/file-icon.tsx';
import { Grid, type GridColumn } from '../components/grid.tsx';
import { arrayRows } from '../components/grid-collection.ts';
import { Modal } from '../components/modal.tsx';
import { Name } from '../components/name.tsx';
import { displayName } from '../model/display-name.ts';
import { formatBytes, formatCount, formatTime } from '../model/format.ts';
import { connections } from '../state/connections.ts';
import { notify } from '../state/notices.ts';
import { session } from '../state/session.ts';
import type { DialogComponent } from '../state/dialogs.ts';
import { otherSide, workspace, type Side } from '../workspace/workspace.ts';
import { Form } from './small.tsx';

/** More than anybody looks through; a closer search finds the rest. */
const mostHits = 50_000;
const mega = 1024 * 1024;
const day = 86_400_000;

const columns: readonly GridColumn<SearchHit>[] = [
  {
    id: 'name',
    label: 'Name',
    width: 'minmax(180px, 1fr)',
    render: ({ entry }) => (
      <span className="entry-name">
        <FileIcon entry={entry} />
        <Name>{entry.name}</Name>
      </span>
    ),
  },
  {
    id: 'where',
    label: 'In',
    width: 'minmax(180px, 1.2fr)',
    render: ({ place }) => (
      <span className="quiet">
        {connections.get().get(place.connection)?.label ?? ''} · <Name>{place.path}</Name>
      </span>
    ),
  },
  {
    id: 'size',
    label: 'Size',
    width: '84px',
    align: 'end',
    render: ({ entry: { size, type } }) =>
      size === undefined || type === 'directory' ? '' : formatBytes(size),
  },
  {
    id: 'modified',
    label: 'Modified',
    width: '130px',
    render: ({ entry: { modifiedAt, modifiedPrecision } }) =>
      modifiedAt === undefined ? '' : formatTime(modifiedAt, modifiedPrecision),
  },
];

const keyOf = ({ place, entry }: SearchHit): string => `${place.connection}\0${place.path}\0${entry.name}`;
const textOf = ({ entry }: SearchHit): string => displayName(entry.name);

type Where = 'here' | 'both';
type Kind = 'any' | 'file' | 'directory';

/** Finds files below the directories on show by name, size, age and content. */
export const SearchDialog: DialogComponent<'search'> = ({ places, close }) => {
  const [name, setName] = useState('*');
  const [regex, setRegex] = useState(false);
  const [content, setContent] = useState('');
  const [kind, setKind] = useState<Kind>('any');
  const [where, setWhere] = useState<Where>('here');
  const [minimum, setMinimum] = useState('');
  const [days, setDays] = useState('');
  const [hits, setHits] = useState<readonly SearchHit[]>([]);
  const [visiting, setVisiting] = useState<string | null>(null);
  const [selection, setSelection] = useState<Selection>(new Set());
  const searching = useRef<AbortController | null>(null);
  const rows = useMemo(() => arrayRows(hits, keyOf), [hits]);
  const hasTwoSides = session.get()?.mode === 'local';

  const search = async (): Promise<void> => {
    searching.current?.abort();
    const own = new AbortController();
    searching.current = own;
    const query: SearchQuery = {
      places: where === 'both' ? places : places.slice(0, 1),
      name: name === '' ? '*' : name,
      nameSyntax: regex ? 'regex' : 'glob',
      caseSensitive: false,
      ...(kind === 'any' ? {} : { type: kind }),
      ...(content === '' ? {} : { content }),
      ...(minimum === '' ? {} : { minimumBytes: Number(minimum) * mega }),
      ...(days === '' ? {} : { modifiedAfter: Date.now() - Number(days) * day }),
    };
    const found: SearchHit[] = [];
    let due = 0;
    setHits([]);
    setVisiting('…');
    try {
      for await (const line of stream('POST /files/search', { body: query, signal: own.signal })) {
        if ('visiting' in line) setVisiting(line.visiting.path);
        else found.push(...line.hits);
        if (performance.now() > due) {
          setHits([...found]);
          due = performance.now() + 200;
        }
        if (found.length >= mostHits) own.abort();
      }
    } catch (error) {
      if (!own.signal.aborted) notify('error', describe(error));
    }
    if (searching.current !== own) return;
    setHits(found);
    setVisiting(null);
  };
  const leave = (): void => {
    searching.current?.abort();
    close();
  };
  const chosen = selection === 'all' ? hits : hits.filter((hit) => selection.has(keyOf(hit)));
  const goTo = (hit: SearchHit): void => {
    leave();
    const sides: readonly Side[] = ['left', 'right'];
    const side = sides.find((one) => workspace.tab(one)?.place.connection === hit.place.connection) ?? 'left';
    void workspace.navigate(side, hit.place.path, { focus: hit.entry.name });
    workspace.activate(side);
  };
  const fetchChosen = async (): Promise<void> => {
    for (const { place, entry } of chosen) {
      const from: Side = workspace.tab('left')?.place.connection === place.connection ? 'left' : 'right';
      const target = workspace.tab(otherSide(from));
      if (target !== null) await workspace.transfer(place, [entry], target.place);
    }
    leave();
  };
  return (
    <Modal
      title="Search files"
      close={leave}
      size="full"
      footer={
        <>
          <span className="start quiet" role="status">
            {visiting === null
              ? formatCount(hits.length, 'entry', 'entries')
              : `Looking in ${displayName(visiting)}`}
          </span>
          <Button isDisabled={chosen.length !== 1} onPress={() => chosen[0] !== undefined && goTo(chosen[0])}>
            Go to it
          </Button>
          {hasTwoSides && (
            <Button kind="primary" isDisabled={chosen.length === 0} onPress={() => void fetchChosen()}>
              Copy to the other side
            </Button>
          )}
        </>
      }
    >
      <Form onSubmit={() => void search()}>
        <div className="form-grid">
          <TextField
            label="Name"
            value={name}
            onChange={setName}
            autoFocus
            placeholder={regex ? '^report-\\d+' : '*.pdf'}
          />
          <TextField label="Text in it" value={content} onChange={setContent} />
          <Choice
            label="Kind"
            value={kind}
            options={{ any: 'Anything', file: 'Files', directory: 'Directories' }}
            onChange={setKind}
          />
          <TextField
            label="At least (MB)"
            value={minimum}
            onChange={(text) => setMinimum(text.replaceAll(/[^\d.]/gu, ''))}
          />
          <TextField
            label="Changed in the last days"
            value={days}
            onChange={(text) => setDays(text.replaceAll(/\D/gu, ''))}
          />
          {hasTwoSides && (
            <Choice
              label="Where"
              value={where}
              options={{ here: 'The active side', both: 'Both sides' }}
              onChange={setWhere}
              isDisabled={places.length < 2}
            />
          )}
        </div>
        <div className="row">
          <Checkbox isSelected={regex} onChange={setRegex}>
            The name is a regular expression
          </Checkbox>
          {visiting === null ? (
            <Button kind="primary" type="submit">
              Search
            </Button>
          ) : (
            <Button onPress={() => searching.current?.abort()}>Stop</Button>
          )}
        </div>
      </Form>
      <Grid
        label="Found"
        inDialog
        className="framed"
        rows={rows}
        columns={columns}
        textOf={textOf}
        selection={selection}
        onSelection={setSelection}
        onAction={goTo}
        empty={
          <span className="quiet">{visiting === null ? 'What is found appears here.' : 'Looking …'}</span>
        }
      />
    </Modal>
  );
};
