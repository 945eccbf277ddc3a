import { ChevronsUp } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import type { TransferPriority } from '#protocols/http/contract/page/queue.ts';
import { priorities, priorityOrder } from './priorities.ts';

interface PriorityMenuProps {
  readonly label: string;
  readonly onChoose: (priority: TransferPriority) => void;
}

/** A button whose menu gives transfers one of the five priorities. */
export function PriorityMenu({ label, onChoose }: PriorityMenuProps): ReactNode {
  return (
    <MenuTrigger>
      <Button className="icon-button" aria-label={label}>
        <ChevronsUp aria-hidden="true" size={17} />
      </Button>
      <Popover className="popover menu" placement="left top">
        <Menu aria-label="Priority" onAction={(key) => onChoose(Number(key) as TransferPriority)}>
          {priorityOrder.map((priority) => (
            <MenuItem key={priority} id={String(priority)} className="menu-item">
              {priorities[priority]}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
