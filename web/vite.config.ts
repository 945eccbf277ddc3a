import { defineConfig, type Plugin } from 'vite';

/**
 * React Aria brings its few texts in thirty-odd languages, all in the first view. The page speaks English, so the
 * others are empty: their module stands for the English one.
 */
function oneLanguage(): Plugin {
  return {
    name: 'one-language',
    enforce: 'pre',
    async resolveId(source, importer, options) {
      if (!/\/intl\/.*[a-z]{2}-[A-Z]{2}\.m?js$/u.test(source) || source.includes('en-US')) return null;
      const english = source.replace(/[a-z]{2}-[A-Z]{2}(\.m?js)$/u, 'en-US$1');
      return this.resolve(english, importer, { ...options, skipSelf: true });
    },
  };
}

// oxlint-disable-next-line import/no-default-export -- Vite reads it from here
export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [oneLanguage()],
  resolve: { dedupe: ['react', 'react-dom'] },
  build: {
    target: 'es2023',
    // Everything is a file of its own: the policy of the page knows no data: or inline source.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
  },
});
