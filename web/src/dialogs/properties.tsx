import { useEffect, useState, type ReactNode } from 'react';
import type { DirectorySize, EntryRecord } from '#protocols/http/contract/page/files.ts';
import type { Place } from '#protocols/http/contract/page/common.ts';
import { describe, stream } from '../api/call.ts';
import { Button } from '../components/button.tsx';
import { Choice } from '../components/fields.tsx';
import { Fact, Facts } from '../components/facts.tsx';
import { FileIcon } from '../components/file-icon.tsx';
import { Modal } from '../components/modal.tsx';
import { Name } from '../components/name.tsx';
import { Progress } from '../components/progress.tsx';
import { kindOf } from '../model/file-kind.ts';
import {
  formatBytes,
  formatCount,
  formatExactBytes,
  formatExactTime,
  formatMode,
  formatOctal,
} from '../model/format.ts';
import { join } from '../model/paths.ts';
import { isDirectoryLike } from '../model/listing.ts';
import type { DialogComponent } from '../state/dialogs.ts';

/** All that is known of an entry (or of several together), sizes of directories, and checksums on demand. */
export const PropertiesDialog: DialogComponent<'properties'> = ({
  connection,
  directory,
  entries,
  close,
}) => {
  const [only] = entries;
  const single = entries.length === 1 ? only : undefined;
  const place = { connection, path: join(directory, only?.name ?? '') };
  return (
    <Modal title="Properties" close={close} footer={<Button onPress={close}>Close</Button>}>
      <p className="properties-name">
        {single === undefined ? (
          <strong>{formatCount(entries.length, 'entry', 'entries')}</strong>
        ) : (
          <>
            <FileIcon entry={single} size={26} />
            <strong>
              <Name>{single.name}</Name>
            </strong>
          </>
        )}
      </p>
      <Facts>
        <Fact label="In">
          <Name>{directory}</Name>
        </Fact>
        <Fact label="Size">
          <Size connection={connection} directory={directory} entries={entries} />
        </Fact>
        {single !== undefined && <EntryFacts entry={single} />}
      </Facts>
      {single !== undefined && !isDirectoryLike(single) && <Checksum place={place} />}
    </Modal>
  );
};

function EntryFacts({ entry }: { readonly entry: EntryRecord }): ReactNode {
  const { modifiedAt, modifiedPrecision, createdAt, accessedAt, mode, owner, group, linkTarget, links } =
    entry;
  return (
    <>
      <Fact label="Kind">{kindOf(entry)}</Fact>
      {linkTarget !== undefined && (
        <Fact label="Leads to">
          <Name>{linkTarget}</Name>
        </Fact>
      )}
      {modifiedAt !== undefined && (
        <Fact label="Modified">
          {formatExactTime(modifiedAt)}
          {modifiedPrecision !== undefined && modifiedPrecision !== 'subsecond' && (
            <span className="quiet"> (to the {modifiedPrecision})</span>
          )}
        </Fact>
      )}
      {createdAt !== undefined && <Fact label="Created">{formatExactTime(createdAt)}</Fact>}
      {accessedAt !== undefined && <Fact label="Accessed">{formatExactTime(accessedAt)}</Fact>}
      {mode !== undefined && (
        <Fact label="Permissions">
          <code>
            {formatMode(mode)} ({formatOctal(mode)})
          </code>
        </Fact>
      )}
      {owner !== undefined && (
        <Fact label="Owner">
          <Name>{owner}</Name>
          {group !== undefined && (
            <>
              , group <Name>{group}</Name>
            </>
          )}
        </Fact>
      )}
      {links !== undefined && links > 1 && <Fact label="Hard links">{links}</Fact>}
    </>
  );
}

interface SizeProps {
  readonly connection: string;
  readonly directory: string;
  readonly entries: readonly EntryRecord[];
}

function Size({ connection, directory, entries }: SizeProps): ReactNode {
  const directories = entries.filter(isDirectoryLike);
  const own = entries.reduce((sum, entry) => sum + (isDirectoryLike(entry) ? 0 : (entry.size ?? 0)), 0);
  const [total, setTotal] = useState<DirectorySize | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (directories.length === 0) return undefined;
    const counting = new AbortController();
    const known = new Map<string, DirectorySize>();
    void (async () => {
      const body = { connection, paths: directories.map(({ name }) => join(directory, name)) };
      for await (const line of stream('POST /files/sizes', { body, signal: counting.signal })) {
        known.set(line.path, line);
        const sum = { bytes: 0, files: 0, directories: 0 };
        for (const one of known.values()) {
          sum.bytes += one.bytes;
          sum.files += one.files;
          sum.directories += one.directories;
        }
        setTotal(sum);
      }
    })().catch((error: unknown) => {
      if (!counting.signal.aborted) setProblem(describe(error));
    });
    return () => counting.abort();
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the entries of an open dialog never change
  }, [connection, directory]);
  if (problem !== null) return <span className="failure">{problem}</span>;
  const bytes = own + (total?.bytes ?? 0);
  return (
    <>
      {formatBytes(bytes)} <span className="quiet">({formatExactBytes(bytes)})</span>
      {total !== null && (
        <span className="quiet">
          {' '}
          in {formatCount(total.files, 'file')} and{' '}
          {formatCount(total.directories, 'directory', 'directories')}
        </span>
      )}
    </>
  );
}

const algorithms = { sha256: 'SHA-256', sha512: 'SHA-512', sha1: 'SHA-1', md5: 'MD5' } as const;

function Checksum({ place }: { readonly place: Place }): ReactNode {
  const [algorithm, setAlgorithm] = useState<keyof typeof algorithms>('sha256');
  const [share, setShare] = useState<number | null>(null);
  const [result, setResult] = useState<{ readonly digest: string; readonly note: string } | null>(null);
  const compute = async (): Promise<void> => {
    setResult(null);
    setShare(0);
    try {
      for await (const line of stream('POST /files/checksum', { body: { ...place, algorithm } })) {
        if ('digest' in line) {
          setResult({
            digest: line.digest,
            note: line.madeBy === 'server' ? 'made by the server' : 'made here',
          });
        } else setShare(line.total === null || line.total === 0 ? 0 : line.bytes / line.total);
      }
    } catch (error) {
      setResult({ digest: '', note: describe(error) });
    }
    setShare(null);
  };
  return (
    <div className="checksum">
      <div className="row">
        <Choice
          label="Checksum"
          value={algorithm}
          options={algorithms}
          onChange={(next) => {
            setAlgorithm(next);
            setResult(null);
          }}
        />
        <Button onPress={() => void compute()} isDisabled={share !== null}>
          Compute
        </Button>
      </div>
      {share !== null && <Progress label="Checksum" value={share} />}
      {result !== null && (
        <p role="status">
          <code className="fingerprint">{result.digest}</code> <span className="quiet">{result.note}</span>
        </p>
      )}
    </div>
  );
}
