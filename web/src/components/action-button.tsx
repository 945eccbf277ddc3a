import { memo, type ReactNode } from 'react';
import { contextNow, isEnabled, isShown, perform, type ActionContext } from '../actions/action.ts';
import { actionById } from '../actions/all.ts';
import { showKeys } from '../actions/keyboard.ts';
import { IconButton } from './button.tsx';
import type { Side } from '../workspace/workspace.ts';

interface ActionButtonsProps {
  readonly ids: readonly string[];
  /** The pane that is meant; by default the one that somebody works in. */
  readonly side?: Side;
  readonly context?: ActionContext;
}

/** Actions as a row of buttons; what makes no sense here is left out. */
export function ActionButtons({ ids, side, context = contextNow(side) }: ActionButtonsProps): ReactNode {
  return (
    <div className="tools">
      {ids
        .map(actionById)
        .filter((action) => isShown(action, context))
        .map((action) => (
          <ActionButton
            key={action.id}
            id={action.id}
            side={side}
            enabled={isEnabled(action, context)}
            pressed={action.checked?.(context)}
          />
        ))}
    </div>
  );
}

interface ActionButtonProps {
  readonly id: string;
  readonly side: Side | undefined;
  readonly enabled: boolean;
  readonly pressed: boolean | undefined;
}

/** Drawn again only when what it shows has changed: a directory that is read changes the context at each step. */
const ActionButton = memo(({ id, side, enabled, pressed }: ActionButtonProps) => {
  const action = actionById(id);
  return (
    <IconButton
      icon={action.icon}
      label={action.label}
      keys={action.keys?.[0] === undefined ? undefined : showKeys(action.keys[0])}
      pressed={pressed}
      isDisabled={!enabled}
      onPress={() => perform(action, side)}
    />
  );
});
