import type { TransferPriority } from '#protocols/http/contract/page/queue.ts';

/** FileZilla's five, as they are told; highest first. */
export const priorityOrder: readonly TransferPriority[] = [5, 4, 3, 2, 1];

export const priorities: Readonly<Record<TransferPriority, string>> = {
  5: 'Highest',
  4: 'High',
  3: 'Normal',
  2: 'Low',
  1: 'Lowest',
};
