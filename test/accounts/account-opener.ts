// Opens the account database that it is given, and says before and after how that stands.
import { openAccountDatabase } from '#accounts/index.ts';

const [file = ''] = process.argv.slice(2);
process.stdout.write('opening\n', () => {
  openAccountDatabase(file).then(
    (database) => {
      database.close();
      process.stdout.write('open\n');
    },
    (error: Error) => process.stdout.write(`${error.message}\n`),
  );
});
