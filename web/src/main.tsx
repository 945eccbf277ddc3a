import './styles/all.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { I18nProvider } from 'react-aria';
import { App } from './app/app.tsx';
import { queries } from './app/queries.ts';
import { begin } from './state/session.ts';
import { followTheme } from './state/preferences.ts';
import { notify } from './state/notices.ts';
import { describe } from './api/call.ts';

followTheme();
// A part of the page that was not fetched before an update of the server is gone.
window.addEventListener('vite:preloadError', () =>
  notify('error', 'A part of the page could not be fetched: wherry was updated, or does not answer.', {
    label: 'Reload',
    run: () => location.reload(),
  }),
);
begin().catch((error: unknown) => notify('error', describe(error)));

const element = document.querySelector('#page');
if (element !== null) {
  createRoot(element).render(
    <StrictMode>
      <I18nProvider locale="en-GB">
        <QueryClientProvider client={queries}>
          <App />
        </QueryClientProvider>
      </I18nProvider>
    </StrictMode>,
  );
}
