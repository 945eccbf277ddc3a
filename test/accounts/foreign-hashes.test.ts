import assert from 'node:assert/strict';
import { pbkdf2Sync } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseForeignHash } from '#accounts/foreign-hashes/formats.ts';
import { storedHash } from '#accounts/password-hash.ts';
import { cost, openAccounts, outcomeOf } from './fixture.ts';

/** Made by glibc's and libxcrypt's crypt(3), and with passlib's base64 by Python's hashlib. */
const published = {
  'bcrypt 2b': ['U*U', '$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  'bcrypt 2y': ['pässword', '$2y$05$CCCCCCCCCCCCCCCCCCCCC.FJj9w2dMxG/OMSU5q.D3h/cEq6ERrnu'],
  'SHA-256 crypt': ['Hello world!', '$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5'],
  'SHA-256 crypt with rounds': [
    'Hello world!',
    '$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA',
  ],
  'SHA-512 crypt': [
    'Hello world!',
    '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1',
  ],
  'SHA-512 crypt with rounds': [
    'Hello wörld!',
    '$6$rounds=1400$anotherlongsalts$wJRvH2XVFG3ZFaLug.13IP9IVUSUSX4sr9F8v3knXzQ6dykE.OJFDfy.8HipropoMXCEI./0O49.q.weRcIU1.',
  ],
  'passlib PBKDF2': [
    'password',
    '$pbkdf2-sha256$6400$./.../.../.../.../..$cuP/raXvU73A9MuDny5.Dd7C.qbZw/7799IVQqzIv5c',
  ],
  'passlib PBKDF2 of SHA-1': ['password', '$pbkdf2$1212$0ZrzXitFSGlaTQnBWOsdew$WUjGhUSZbTTWql58nvIa.RUr8oA'],
} as const;

/** Hashes in the forms of programs whose algorithm is PBKDF2 itself. */
function pbkdf2(form: (salt: string, hash: string) => string, salt: string): string {
  return form(salt, pbkdf2Sync('päss', salt, 1000, 32, 'sha256').toString('base64'));
}

const made = {
  Django: ['päss', pbkdf2((salt, hash) => `pbkdf2_sha256$1000$${salt}$${hash}`, 'seasalt')],
  SFTPGo: ['päss', pbkdf2((salt, hash) => `$pbkdf2-sha256$1000$${salt}$${hash}`, 'E86a9YMX3zC7')],
  'SFTPGo with its salt in base64': [
    'päss',
    pbkdf2(
      (salt, hash) => `$pbkdf2-b64salt-sha256$1000$${Buffer.from(salt).toString('base64')}$${hash}`,
      'any/salt',
    ),
  ],
} as const;

for (const [title, [password, hash]] of Object.entries({ ...published, ...made })) {
  test(`${title}: the password logs in, any other does not, and the hash becomes argon2id`, async (context) => {
    const { database, accounts } = await openAccounts(context);
    await database.add({ name: 'anna', password: { hash } });
    assert.equal(await outcomeOf(accounts, 'anna', `${password}x`), 'the password is wrong');
    assert.equal((await database.findStored('anna'))?.passwordHash, hash, 'a wrong password changes nothing');
    assert.equal(await outcomeOf(accounts, 'anna', password), 'accepted');
    const upgraded = (await database.findStored('anna'))?.passwordHash ?? '';
    assert.match(upgraded, /^\$argon2id\$/u);
    assert.ok(upgraded.includes(`m=${cost.memoryKib},`));
    await database.set('anna', { comment: 'forget what was verified' });
    assert.equal(await outcomeOf(accounts, 'anna', password), 'accepted');
    assert.equal(await outcomeOf(accounts, 'anna', `${password}x`), 'the password is wrong');
  });
}

for (const [what, hash] of Object.entries({
  'an empty text': '',
  'a plain password': 'secret',
  'MD5-crypt': '$1$salt$qJH7.N4xYta3aEG/dfqo/0',
  'a bcrypt hash that is cut off': '$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0Xou',
  'bcrypt beyond the bound': '$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
  'SHA-crypt beyond the bound': `$6$rounds=999999999$salt$${'a'.repeat(86)}`,
  'SHA-crypt of the wrong length': `$6$salt$${'a'.repeat(43)}`,
  'PBKDF2 beyond the bound': `pbkdf2_sha256$999999999$salt$${'a'.repeat(43)}=`,
  'PBKDF2 without iterations': `pbkdf2_sha256$0$salt$${'a'.repeat(43)}=`,
  'PBKDF2 of another digest': `$pbkdf2-md5$1000$salt$${'a'.repeat(43)}`,
})) {
  test(`${what} is refused as a hash`, () => {
    assert.throws(() => storedHash(hash), { code: 'invalid-argument' });
  });
}

test('no text makes reading hashes throw anything but a neutral error', () => {
  const texts = fc
    .tuple(fc.constantFrom('$2b$', '$5$', '$6$', 'pbkdf2_', '$pbkdf2-', ''), fc.string({ maxLength: 200 }))
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(texts, (text) => {
      try {
        parseForeignHash(text);
      } catch (thrown) {
        assert.equal((thrown as { code?: string }).code, 'invalid-argument');
      }
    }),
    { seed: 3 },
  );
});
