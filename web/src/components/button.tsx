import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import {
  Button as AriaButton,
  Tooltip,
  TooltipTrigger,
  type ButtonProps as AriaButtonProps,
} from 'react-aria-components';

interface ButtonProps extends Omit<AriaButtonProps, 'children' | 'className'> {
  readonly icon?: LucideIcon;
  readonly kind?: 'primary' | 'danger' | 'plain';
  readonly children: ReactNode;
}

export function Button({ icon: Icon, kind, children, ...rest }: ButtonProps): ReactNode {
  return (
    <AriaButton {...rest} className={`button ${kind ?? ''}`}>
      {Icon !== undefined && <Icon aria-hidden="true" size={16} />}
      <span>{children}</span>
    </AriaButton>
  );
}

interface IconButtonProps extends Omit<AriaButtonProps, 'children' | 'className' | 'aria-label'> {
  readonly icon: LucideIcon;
  readonly label: string;
  /** Keys that do the same, shown in the tooltip. */
  readonly keys?: string | undefined;
  readonly pressed?: boolean | undefined;
  readonly size?: number;
}

/** A button that is only its picture; its name is told by a tooltip and to screen readers. */
export function IconButton({
  icon: Icon,
  label,
  keys,
  pressed,
  size = 17,
  ...rest
}: IconButtonProps): ReactNode {
  return (
    <TooltipTrigger delay={500} closeDelay={0}>
      <AriaButton
        {...rest}
        aria-label={label}
        className="icon-button"
        {...(pressed === undefined ? {} : { 'aria-pressed': pressed })}
      >
        <Icon aria-hidden="true" size={size} />
      </AriaButton>
      <Tooltip className="tooltip" offset={6}>
        {label}
        {keys !== undefined && <kbd>{keys}</kbd>}
      </Tooltip>
    </TooltipTrigger>
  );
}
