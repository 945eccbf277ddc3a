import { directory, file, symlink, type TreeNode } from './memory-tree.ts';

const day = 86_400_000;
const base = Date.UTC(2026, 10, 18, 14, 12);

/** A square picture of one colour, made of the fewest octets a PNG can have. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M/wHwAEBgIApD5fRAAAAABJRU5ErkJggg==',
  'base64',
);

const indexPage = `<!doctype html>
<html lang="en">
  <head>
    <title>Harbour Bakery</title>
    <link rel="stylesheet" href="style.css" />
  </head>
  <body>
    <h1>Bread, every morning from six</h1>
    <p>We bake with flour from the mill across the river.</p>
  </body>
</html>
`;

/** What somebody's own disk might hold. */
export function localTree(): TreeNode {
  return directory({
    home: directory({
      anna: directory({
        Documents: directory({
          'minutes.odt': file(48_112, base - 3 * day),
          'offer.pdf': file(221_840, base),
        }),
        Pictures: directory({
          'harbour.png': file(png, base - day),
          'team.jpg': file(1_840_220, base - 9 * day),
        }),
        website: directory(
          {
            'index.html': file(indexPage, base),
            'style.css': file('body {\n  margin: 0;\n  font: 16px/1.6 system-ui;\n}\n', base - 2 * day),
            'app.js': file('export const greet = (name) => `Hello ${name}`;\n', base - 4 * day),
            'photo-2.png': file(png, base - 5 * day),
            'photo-10.png': file(png, base - 5 * day),
            'release.tar.gz': file(214_748_364, base - day),
            'README.md': file('# Harbour Bakery\n\nThe web site of the bakery.\n', base - 20 * day),
            '.htaccess': file('Options -Indexes\n', base - 40 * day),
            images: directory({ 'oven.jpg': file(890_112, base) }, base - day),
            fonts: directory({ 'serif.woff2': file(64_120) }, base - 60 * day),
            current: symlink('releases/2026-11'),
          },
          base,
        ),
        'notes.txt': file('Call the mill on Monday.\n', base),
      }),
    }),
    etc: directory({ hosts: file('127.0.0.1 localhost\n') }),
    tmp: directory(),
  });
}

/** Names that attack what shows them. */
export const hostileNames = [
  '<img src=x onerror=alert(1)>.html',
  'invoice\u202Efdp.exe',
  'line\nbreak.txt',
  'latin1-\udce9.txt',
  `${'long-'.repeat(50)}x.txt`,
  '&amp;"quoted\'.txt',
  ' leading and trailing ',
];

/** What a server might hold; `many` has as many files as asked for. */
export function remoteTree(manyFiles: number): TreeNode {
  const many = directory();
  for (let index = 0; index < manyFiles; index += 1) {
    many.children?.set(`record-${(index * 7919) % manyFiles}.csv`, file(index * 13, base - index * 1000));
  }
  const strange = directory();
  for (const name of hostileNames) strange.children?.set(name, file(name));
  return directory({
    www: directory(
      {
        'index.html': file(indexPage.replace('six', 'seven'), base - 6 * day),
        'style.css': file('body {\n  margin: 0;\n  font: 16px/1.6 system-ui;\n}\n', base - 2 * day),
        'app.js': file('export const greet = (name) => `Hi ${name}!`;\n', base - 30 * day),
        'robots.txt': file('User-agent: *\nAllow: /\n', base - 90 * day),
        images: directory({ 'oven.jpg': file(890_112, base - 8 * day) }, base - 8 * day),
        logs: directory({ 'access.log': file(18_220_114, base) }, base),
      },
      base - 2 * day,
    ),
    backup: directory({ '2026-11-01.tar': file(1_288_490_188, base - 20 * day) }, base - 20 * day),
    incoming: directory({}, base),
    strange,
    many,
    'welcome.txt': file('Welcome to the harbour.\n', base - 300 * day),
  });
}
