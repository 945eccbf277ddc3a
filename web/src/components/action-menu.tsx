import { Check } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { Menu, MenuItem, MenuSection, Popover, Separator } from 'react-aria-components';
import { contextNow, isEnabled, isShown, perform, type Action } from '../actions/action.ts';
import { actionById } from '../actions/all.ts';
import { showKeys } from '../actions/keyboard.ts';
import type { Side } from '../workspace/workspace.ts';

/** Groups of actions by id, with a line between two groups. */
export type MenuGroups = readonly (readonly string[])[];

interface ActionItemsProps {
  readonly groups: MenuGroups;
  readonly side: Side | undefined;
}

/** The items of a menu made of actions; what makes no sense here is left out. */
export function ActionItems({ groups, side }: ActionItemsProps): ReactNode {
  const context = contextNow(side);
  const shown = groups
    .map((ids) => ids.map(actionById).filter((action) => isShown(action, context)))
    .filter((group) => group.length > 0);
  return shown.map((group, index) => (
    <MenuSection key={group[0]?.id ?? index} aria-label={group[0]?.group ?? ''}>
      {index > 0 && <Separator className="menu-line" />}
      {group.map((action) => (
        <ActionItem key={action.id} action={action} side={side} enabled={isEnabled(action, context)} />
      ))}
    </MenuSection>
  ));
}

interface ActionItemProps {
  readonly action: Action;
  readonly side: Side | undefined;
  readonly enabled: boolean;
}

function ActionItem({ action, side, enabled }: ActionItemProps): ReactNode {
  const { icon: Icon, label, keys, danger = false, checked } = action;
  const on = checked?.(contextNow(side)) ?? false;
  return (
    <MenuItem
      className={`menu-item ${danger ? 'danger' : ''}`}
      textValue={label}
      isDisabled={!enabled}
      onAction={() => perform(action, side)}
    >
      {on ? <Check aria-hidden="true" size={16} /> : <Icon aria-hidden="true" size={16} />}
      <span>{label}</span>
      {keys?.[0] !== undefined && <kbd>{showKeys(keys[0])}</kbd>}
    </MenuItem>
  );
}

interface PointMenuProps {
  readonly point: { readonly x: number; readonly y: number };
  readonly close: () => void;
  readonly label: string;
  readonly children: ReactNode;
}

/** A menu that opens at a place of the page, not at an element. */
export function PointMenu({ point, close, label, children }: PointMenuProps): ReactNode {
  const anchor = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (anchor.current === null) return;
    anchor.current.style.left = `${point.x}px`;
    anchor.current.style.top = `${point.y}px`;
  }, [point]);
  return (
    <>
      <span ref={anchor} className="menu-anchor" style={{ left: point.x, top: point.y }} />
      <Popover
        className="popover menu"
        triggerRef={anchor}
        isOpen
        placement="bottom start"
        offset={2}
        onOpenChange={(open) => {
          if (!open) close();
        }}
      >
        <Menu aria-label={label} onClose={close} autoFocus="first">
          {children}
        </Menu>
      </Popover>
    </>
  );
}

interface ContextMenuProps extends Omit<PointMenuProps, 'children'> {
  readonly groups: MenuGroups;
  readonly side: Side | undefined;
}

/** The menu of the right mouse button, at the place of the press. */
export function ContextMenu({ groups, side, ...rest }: ContextMenuProps): ReactNode {
  return (
    <PointMenu {...rest}>
      <ActionItems groups={groups} side={side} />
    </PointMenu>
  );
}
