import { useState } from 'react';
import { stream, describe } from '../api/call.ts';
import { Button } from '../components/button.tsx';
import { Checkbox, Choice, TextField } from '../components/fields.tsx';
import { Modal } from '../components/modal.tsx';
import { Name } from '../components/name.tsx';
import { formatCount, formatMode, formatOctal } from '../model/format.ts';
import { isDirectoryLike } from '../model/listing.ts';
import { join } from '../model/paths.ts';
import { notify } from '../state/notices.ts';
import type { DialogComponent } from '../state/dialogs.ts';
import { workspace } from '../workspace/workspace.ts';

const who = ['Owner', 'Group', 'Others'] as const;
const rights = ['Read', 'Write', 'Execute'] as const;
const special = [
  ['Set user', 0o4000],
  ['Set group', 0o2000],
  ['Sticky', 0o1000],
] as const;
const all = 0o7777;

type Recursive = 'no' | 'all' | 'files' | 'directories';
const recursions: Readonly<Record<Recursive, string>> = {
  no: 'Only what is selected',
  all: 'All files and directories in it',
  files: 'Only files in it',
  directories: 'Only directories in it',
};

/** Permissions as boxes and in octal; bits that differ between several entries stay as they are until they are set. */
export const ModeDialog: DialogComponent<'mode'> = ({ connection, directory, entries, close }) => {
  const modes = entries.map(({ mode }) => mode ?? 0);
  const common = modes.reduce((bits, mode) => bits & mode, all);
  const [set, setSet] = useState(common);
  const [mixed, setMixed] = useState(() => modes.reduce((bits, mode) => bits | mode, 0) & ~common);
  const [octal, setOctal] = useState<string | null>(null);
  const [recursive, setRecursive] = useState<Recursive>('no');
  const [busy, setBusy] = useState<string | null>(null);
  const change = (bit: number, on: boolean): void => {
    setOctal(null);
    setMixed(mixed & ~bit);
    setSet(on ? set | bit : set & ~bit);
  };
  const type = (text: string): void => {
    setOctal(text);
    if (!/^[0-7]{3,4}$/u.test(text)) return;
    setMixed(0);
    setSet(Number.parseInt(text, 8));
  };
  const apply = async (): Promise<void> => {
    const paths = entries.map(({ name }) => join(directory, name));
    let failures = 0;
    setBusy('Working …');
    try {
      const body = { connection, paths, set, clear: all & ~set & ~mixed, recursive };
      for await (const line of stream('POST /files/mode', { body })) {
        if ('failed' in line) {
          failures += 1;
          if (failures <= 3) notify('error', line.failed.message);
        } else setBusy(`${formatCount(line.done, 'entry', 'entries')} done`);
      }
    } catch (error) {
      notify('error', describe(error));
    }
    close();
    await workspace.refresh({ connection, path: directory });
  };
  const shown = octal ?? (mixed === 0 ? formatOctal(set) : '');
  const valid = octal === null || /^[0-7]{3,4}$/u.test(octal);
  return (
    <Modal
      title="Permissions"
      close={close}
      footer={
        <>
          <span className="start quiet" role="status">
            {busy ?? (mixed === 0 ? formatMode(set) : 'Boxes with a line stay as each entry has them')}
          </span>
          <Button onPress={close}>Cancel</Button>
          <Button kind="primary" onPress={() => void apply()} isDisabled={!valid || busy !== null}>
            Change
          </Button>
        </>
      }
    >
      <p>
        {entries.length === 1 ? (
          <Name>{entries[0]?.name ?? ''}</Name>
        ) : (
          formatCount(entries.length, 'entry', 'entries')
        )}
      </p>
      <table className="mode-table">
        <thead>
          <tr>
            <td />
            {rights.map((right) => (
              <th key={right} scope="col">
                {right}
              </th>
            ))}
            <th scope="col">Special</th>
          </tr>
        </thead>
        <tbody>
          {who.map((subject, row) => (
            <tr key={subject}>
              <th scope="row">{subject}</th>
              {rights.map((right, column) => {
                const bit = 1 << (8 - row * 3 - column);
                return (
                  <td key={right}>
                    <Checkbox
                      aria-label={`${subject}: ${right}`}
                      isSelected={(set & bit) !== 0}
                      isIndeterminate={(mixed & bit) !== 0}
                      onChange={(on) => change(bit, on)}
                    />
                  </td>
                );
              })}
              <td>
                {special.slice(row, row + 1).map(([label, bit]) => (
                  <Checkbox
                    key={label}
                    isSelected={(set & bit) !== 0}
                    isIndeterminate={(mixed & bit) !== 0}
                    onChange={(on) => change(bit, on)}
                  >
                    {label}
                  </Checkbox>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <TextField
        label="Octal"
        value={shown}
        onChange={type}
        placeholder="as they are"
        error={valid ? undefined : 'Three or four digits from 0 to 7, such as 644.'}
      />
      {entries.some(isDirectoryLike) && (
        <Choice label="Directories" value={recursive} options={recursions} onChange={setRecursive} />
      )}
    </Modal>
  );
};
