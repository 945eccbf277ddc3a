import { QueryClient } from '@tanstack/react-query';
import { PageError } from '../api/call.ts';
import { listen } from '../api/socket.ts';

/** What the page has asked for and may show again: sites, settings, accounts. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => count < 2 && error instanceof PageError && error.failure.retryable,
    },
  },
});

listen('sites-changed', () => void queries.invalidateQueries({ queryKey: ['sites'] }));
