import { useMutation, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { describe } from '../api/call.ts';
import { notify } from '../state/notices.ts';

/** How often lists of what is going on are read again. */
export const liveMs = 2000;

/** Reads something of the administration; `everyMs` keeps it fresh. */
export function useAdmin<Reply>(
  key: readonly unknown[],
  read: (signal: AbortSignal) => Promise<Reply>,
  everyMs: number | false = false,
): UseQueryResult<Reply> {
  return useQuery({
    queryKey: ['admin', ...key],
    queryFn: ({ signal }) => read(signal),
    refetchInterval: everyMs,
  });
}

/** Changes something, tells how that went, and lets every list be read again. */
export function useChange(): (work: () => Promise<unknown>, done?: string) => Promise<boolean> {
  const client = useQueryClient();
  const { mutateAsync } = useMutation({ mutationFn: (work: () => Promise<unknown>) => work() });
  return async (work, done) => {
    try {
      await mutateAsync(work);
      if (done !== undefined) notify('success', done);
      return true;
    } catch (error) {
      notify('error', describe(error));
      return false;
    } finally {
      await client.invalidateQueries({ queryKey: ['admin'] });
    }
  };
}
