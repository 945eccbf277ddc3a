// Opens the account database named in the arguments and adds accounts, printing each name once it is committed,
// until it is killed; prints `refused CODE` and ends when it cannot open the database.
import { openAccountDatabase } from '#accounts/index.ts';
import { WherryError } from '#core/errors.ts';

const [, , file = '', prefix = ''] = process.argv;
try {
  const database = await openAccountDatabase(file);
  process.stdout.write('open\n');
  for (let index = 0; ; index += 1) {
    const name = `${prefix}${index}`;
    await database.add({ name });
    process.stdout.write(`${name}\n`);
    // Lets the output go out, and the kill come in, between two accounts.
    await new Promise((resolve) => void setImmediate(resolve));
  }
} catch (thrown) {
  process.stdout.write(`refused ${thrown instanceof WherryError ? thrown.code : 'otherwise'}\n`);
}
