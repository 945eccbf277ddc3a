import { Check, ChevronDown } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import {
  Button,
  Checkbox as AriaCheckbox,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select as AriaSelect,
  SelectValue,
  Text,
  TextArea,
  TextField as AriaTextField,
  type TextFieldProps as AriaTextFieldProps,
} from 'react-aria-components';

interface TextFieldProps extends Omit<AriaTextFieldProps, 'className' | 'children'> {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly placeholder?: string;
  readonly multiline?: boolean;
  readonly error?: string | undefined;
  readonly inputRef?: (element: HTMLInputElement | null) => void;
}

export function TextField(props: TextFieldProps): ReactNode {
  const { label, hint, placeholder = '', multiline = false, error, inputRef, ...rest } = props;
  return (
    <AriaTextField {...rest} isInvalid={error !== undefined} className="field">
      <Label>{label}</Label>
      {multiline ? (
        <TextArea placeholder={placeholder} rows={3} />
      ) : (
        <Input placeholder={placeholder} ref={inputRef ?? null} />
      )}
      {hint !== undefined && (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <FieldError className="field-error">{error}</FieldError>
    </AriaTextField>
  );
}

interface ListFieldProps {
  readonly label: string;
  readonly values: readonly string[];
  readonly placeholder?: string;
  readonly onChange: (values: readonly string[]) => void;
}

/** Words with commas between them. Their text stays as it is typed: a comma at its end begins the next word. */
export function ListField({ label, values, placeholder, onChange }: ListFieldProps): ReactNode {
  const [text, setText] = useState('');
  const isTyped = wordsOf(text).join() === values.join();
  return (
    <TextField
      label={label}
      value={isTyped ? text : values.join(', ')}
      placeholder={placeholder ?? ''}
      onChange={(typed) => {
        setText(typed);
        onChange(wordsOf(typed));
      }}
    />
  );
}

function wordsOf(text: string): string[] {
  return text.split(/[,\s]+/u).filter((word) => word !== '');
}

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: Readonly<Record<Value, string>>;
  readonly onChange: (value: Value) => void;
  readonly isDisabled?: boolean;
  /** The label is for screen readers only. */
  readonly bare?: boolean;
}

/** One of a few values. */
export function Choice<Value extends string>(props: ChoiceProps<Value>): ReactNode {
  const { label, value, options, onChange, isDisabled = false, bare = false } = props;
  return (
    <AriaSelect
      className={`field ${bare ? 'bare' : ''}`}
      selectedKey={value}
      isDisabled={isDisabled}
      onSelectionChange={(key) => onChange(key as Value)}
      {...(bare ? { 'aria-label': label } : {})}
    >
      {!bare && <Label>{label}</Label>}
      <Button className="select-button">
        <SelectValue />
        <ChevronDown aria-hidden="true" size={15} />
      </Button>
      <Popover className="popover" offset={4}>
        <ListBox className="options">
          {(Object.entries(options) as [Value, string][]).map(([key, text]) => (
            <ListBoxItem key={key} id={key} className="option" textValue={text}>
              <Check aria-hidden="true" size={14} className="option-check" />
              <span>{text}</span>
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

interface CheckboxProps {
  readonly isSelected: boolean;
  readonly isIndeterminate?: boolean;
  readonly onChange: (selected: boolean) => void;
  readonly children?: ReactNode;
  readonly isDisabled?: boolean;
  readonly 'aria-label'?: string;
}

export function Checkbox({ children, ...rest }: CheckboxProps): ReactNode {
  return (
    <AriaCheckbox {...rest} className="checkbox">
      <span className="checkbox-box" aria-hidden="true">
        <Check size={12} strokeWidth={3} />
      </span>
      {children}
    </AriaCheckbox>
  );
}
