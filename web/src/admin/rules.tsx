import { Plus, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import type { User, UserChanges } from '#protocols/http/contract/admin/records.ts';
import { Button, IconButton } from '../components/button.tsx';
import { ListField, TextField } from '../components/fields.tsx';

type Rule = NonNullable<User['rules']>[number] | NonNullable<UserChanges['rules']>[number];

interface RulesProps {
  readonly rules: readonly Rule[];
  readonly onChange: (rules: NonNullable<UserChanges['rules']>) => void;
}

type Words = NonNullable<NonNullable<UserChanges['rules']>[number]['allow']>;

function listOf(words: Words | undefined): readonly string[] {
  return typeof words === 'string' ? [words] : (words ?? []);
}

function wordsOf(list: readonly string[]): Words {
  return (list.length === 1 && list[0] === 'all' ? 'all' : list) as Words;
}

/** Rights of single directories: what is allowed there beside the general rights, and what is not. */
export function Rules({ rules, onChange }: RulesProps): ReactNode {
  const put = (index: number, fields: Partial<Rule>): void =>
    onChange(rules.map((rule, at) => ({ ...rule, ...(at === index ? fields : {}) })));
  return (
    <div className="form">
      <p className="quiet">
        A path holds for everything below it, and may have * and **. Rights: list, download, upload,
        overwrite, append, delete, rename, make-directory, remove-directory, change-mode, change-time,
        symlink, checksum, or all.
      </p>
      {rules.map((rule, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- the order is what a rule is known by
        <div className="row rule" key={index}>
          <TextField label="Path" value={rule.path} onChange={(path) => put(index, { path })} />
          <ListField
            label="Allowed"
            values={listOf(rule.allow)}
            onChange={(list) => put(index, { allow: wordsOf(list) })}
          />
          <ListField
            label="Denied"
            values={listOf(rule.deny)}
            onChange={(list) => put(index, { deny: wordsOf(list) })}
          />
          <IconButton
            icon={Trash2}
            label="Remove the rule"
            onPress={() => onChange(rules.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <Button icon={Plus} onPress={() => onChange([...rules, { path: '/', allow: [], deny: [] }])}>
        Add a rule
      </Button>
    </div>
  );
}
