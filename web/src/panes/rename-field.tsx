import { useEffect, useRef, type ReactNode } from 'react';

interface RenameFieldProps {
  readonly name: string;
  readonly isDirectory: boolean;
  /** Null when nothing shall change. */
  readonly onDone: (name: string | null) => void;
}

/** The name of an entry as a field: Enter takes it, Escape leaves it, and the extension stays unmarked. */
export function RenameField({ name, isDirectory, onDone }: RenameFieldProps): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  const finished = useRef(false);
  useEffect(() => {
    const dot = isDirectory ? -1 : name.lastIndexOf('.');
    input.current?.focus();
    input.current?.setSelectionRange(0, dot > 0 ? dot : name.length);
  }, [name, isDirectory]);
  const finish = (value: string | null): void => {
    if (finished.current) return;
    finished.current = true;
    onDone(value === null || value === '' || value === name || value.includes('/') ? null : value);
  };
  return (
    <input
      ref={input}
      className="rename-field"
      aria-label="New name"
      defaultValue={name}
      spellCheck={false}
      onPointerDown={(event) => event.stopPropagation()}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Enter') finish(event.currentTarget.value);
        if (event.key === 'Escape') finish(null);
      }}
      onBlur={(event) => finish(event.currentTarget.value)}
    />
  );
}
