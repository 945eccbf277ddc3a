import { Check } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { Header, Menu, MenuItem, MenuSection, Popover, Separator } from 'react-aria-components';
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

interface ContextMenuProps {
  readonly point: { readonly x: number; readonly y: number } | null;
  readonly close: () => void;
  readonly label: string;
  readonly title?: string;
  readonly groups: MenuGroups;
  readonly side: Side | undefined;
}

/** The menu of the right mouse button, at the place of the press. */
export function ContextMenu({ point, close, label, title, groups, side }: ContextMenuProps): ReactNode {
  const anchor = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (point === null || anchor.current === null) return;
    anchor.current.style.left = `${point.x}px`;
    anchor.current.style.top = `${point.y}px`;
  }, [point]);
  return (
    <>
      <span ref={anchor} className="menu-anchor" style={{ left: point?.x ?? 0, top: point?.y ?? 0 }} />
      <Popover
        className="popover menu"
        triggerRef={anchor}
        isOpen={point !== null}
        placement="bottom start"
        offset={2}
        onOpenChange={(open) => {
          if (!open) close();
        }}
      >
        <Menu aria-label={label} onClose={close} autoFocus="first">
          {title !== undefined && (
            <MenuSection>
              <Header className="menu-title">{title}</Header>
            </MenuSection>
          )}
          <ActionItems groups={groups} side={side} />
        </Menu>
      </Popover>
    </>
  );
}
