import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { Credential } from '#core/authentication.ts';
import { Secret } from '#core/secret.ts';
import { codeAt, stepAt } from '#accounts/one-time-code.ts';
import { attempt, forever } from './attempt.ts';
import { openAccounts, outcomeOf } from './fixture.ts';

/** A public key that nobody has the private half of; logging in sees blobs only. */
function makeKey(): { readonly line: string; readonly blob: Buffer } {
  const field = (octets: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(octets.length);
    return Buffer.concat([length, octets]);
  };
  const blob = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(randomBytes(32))]);
  return { blob, line: `ssh-ed25519 ${blob.toString('base64')} somebody` };
}

function key(
  blob: Buffer,
  certificate?: { authority: Buffer; principals: string[] },
): { credential: Credential } {
  const facts = certificate === undefined ? null : { ...certificate, keyId: 'id', serial: 1n };
  return { credential: { kind: 'public-key', algorithm: 'ssh-ed25519', blob, certificate: facts } };
}

function password(text: string): Credential {
  return { kind: 'password', password: new Secret(text) };
}

const sftp = { protocol: 'sftp' } as const;

test('a listed key logs in, another and the key of somebody else do not', async (context) => {
  const { database, accounts } = await openAccounts(context);
  const [own, other] = [makeKey(), makeKey()];
  await database.add({ name: 'anna' });
  await database.add({ name: 'bert' });
  await database.keys.add('anna', own.line);
  assert.equal(await outcomeOf(accounts, 'anna', key(own.blob)), 'accepted');
  assert.equal(await outcomeOf(accounts, 'anna', key(other.blob)), 'the account does not list this key');
  assert.equal(await outcomeOf(accounts, 'bert', key(own.blob)), 'the account does not list this key');
  assert.equal(await outcomeOf(accounts, 'nobody', key(own.blob)), 'there is no such account');
  const [{ fingerprint } = { fingerprint: '' }] = await database.keys.list('anna');
  await database.keys.remove('anna', fingerprint);
  assert.equal(await outcomeOf(accounts, 'anna', key(own.blob)), 'the account does not list this key');
});

test('the options of a key hold: from, expiry-time and restrict', async (context) => {
  let now = Date.UTC(2030, 0, 1);
  const { database, accounts } = await openAccounts(context, { now: () => now });
  const own = makeKey();
  await database.add({ name: 'anna' });
  await database.keys.add(
    'anna',
    `from="10.0.0.0/8,!10.1.*,2001:db8::*",expiry-time="20300601Z",restrict ${own.line}`,
  );
  const from = async (remoteAddress: string) => outcomeOf(accounts, 'anna', key(own.blob), { remoteAddress });
  assert.equal(await from('10.2.0.1'), 'accepted');
  assert.equal(await from('::ffff:10.2.0.1'), 'accepted');
  assert.equal(await from('2001:db8::7'), 'accepted');
  assert.equal(await from('10.1.0.1'), 'the key may not be used from this address');
  assert.equal(await from('192.0.2.1'), 'the key may not be used from this address');
  const outcome = await accounts.authenticate(
    attempt('anna', '', { ...key(own.blob), remoteAddress: '10.2.0.1' }),
    forever,
  );
  assert.ok(outcome.outcome === 'accepted');
  assert.equal(outcome.account.tunnel, false);
  now = Date.UTC(2030, 5, 1);
  assert.equal(await from('10.2.0.1'), 'the key has expired');
});

test('a certificate logs in when its authority is trusted and it names the account or a principal of it', async (context) => {
  const { database, accounts } = await openAccounts(context);
  const [user, ca, stranger] = [makeKey(), makeKey(), makeKey()];
  await database.add({ name: 'anna', principals: ['backup'] });
  const by = async (authority: Buffer, ...principals: string[]) =>
    outcomeOf(accounts, 'anna', key(user.blob, { authority, principals }));
  assert.equal(await by(ca.blob, 'anna'), 'nobody trusts the authority of the certificate');
  const { fingerprint } = await database.authorities.add(ca.line);
  assert.equal(await by(ca.blob, 'anna'), 'accepted');
  assert.equal(await by(ca.blob, 'other', 'backup'), 'accepted');
  assert.equal(await by(ca.blob, 'root'), 'the certificate is not for this account');
  assert.equal(await by(ca.blob), 'the certificate is not for this account');
  assert.equal(await by(stranger.blob, 'anna'), 'nobody trusts the authority of the certificate');
  await database.authorities.revoke(fingerprint);
  assert.equal(await by(ca.blob, 'anna'), 'the key or its authority is revoked');
  await database.authorities.restore(fingerprint);
  await database.authorities.remove(fingerprint);
  assert.equal(await by(ca.blob, 'anna'), 'nobody trusts the authority of the certificate');
  await database.keys.add('anna', `cert-authority,principals="deploy" ${ca.line}`);
  assert.equal(await by(ca.blob, 'deploy'), 'accepted');
  assert.equal(await by(ca.blob, 'anna'), 'the certificate is not for this account');
  assert.equal(
    await outcomeOf(accounts, 'anna', key(ca.blob)),
    'the account does not list this key',
    'an authority is no login by itself',
  );
});

test('a TLS certificate logs in by its fingerprint or by a name', async (context) => {
  const { database, accounts } = await openAccounts(context);
  await database.add({ name: 'anna' });
  const fingerprint = Array.from({ length: 32 }, (_, index) => (index + 160).toString(16).toUpperCase()).join(
    ':',
  );
  await database.certificates.add('anna', {
    kind: 'fingerprint',
    value: fingerprint.replaceAll(':', '').toLowerCase(),
  });
  await database.certificates.add('anna', { kind: 'name', value: 'anna@example.org' });
  const by = async (fingerprintSha256: string, commonNames: string[], alternativeNames: string[] = []) =>
    outcomeOf(accounts, 'anna', {
      credential: { kind: 'certificate', fingerprintSha256, commonNames, alternativeNames },
    });
  assert.equal(await by(fingerprint, ['whatever']), 'accepted');
  assert.equal(await by('00', [], ['anna@example.org']), 'accepted');
  assert.equal(await by('00', ['anna@example.org']), 'accepted');
  assert.equal(await by('00', ['anna']), 'the account does not list this certificate');
  assert.equal(await by('00', [fingerprint]), 'the account does not list this certificate');
  await database.certificates.remove('anna', fingerprint);
  assert.equal(await by(fingerprint, []), 'the account does not list this certificate');
});

test('a key and a password are demanded together', async (context) => {
  const { database, accounts } = await openAccounts(context);
  const own = makeKey();
  await database.add({
    name: 'anna',
    password: new Secret('right one'),
    loginMethods: [['public-key', 'password']],
  });
  await database.keys.add('anna', own.line);
  assert.equal(await outcomeOf(accounts, 'anna', key(own.blob), sftp), 'more: password');
  assert.equal(await outcomeOf(accounts, 'anna', 'right one', sftp), 'more: public-key');
  assert.equal(
    await outcomeOf(accounts, 'anna', 'right one', { ...sftp, previous: [key(own.blob).credential] }),
    'accepted',
  );
  assert.equal(
    await outcomeOf(accounts, 'anna', 'wrong one', { ...sftp, previous: [key(own.blob).credential] }),
    'the password is wrong',
  );
});

test('a one-time code goes with the password: asked for, as a second password, or appended; each once', async (context) => {
  let now = 1_900_000_000_000;
  const { database, accounts } = await openAccounts(context, { now: () => now });
  await database.add({ name: 'anna', password: new Secret('right one') });
  const { secret, uri } = await database.oneTimeCodes.enrol('anna', { issuer: 'here' });
  assert.match(uri.reveal(), /^otpauth:\/\/totp\/here:anna\?secret=[A-Z2-7]{32}&/u);
  const nextCode = (): string => {
    now += 60_000;
    return codeAt(secret, stepAt(now));
  };
  const previous = [password('right one')];
  assert.equal(await outcomeOf(accounts, 'anna', 'right one'), 'more: one-time-code');
  const code = nextCode();
  const asked = { credential: { kind: 'one-time-code', code: new Secret(code) } as const, previous };
  assert.equal(await outcomeOf(accounts, 'anna', asked), 'accepted');
  assert.equal(await outcomeOf(accounts, 'anna', asked), 'the one-time code is wrong or was used before');
  assert.equal(
    await outcomeOf(accounts, 'anna', nextCode(), { previous }),
    'accepted',
    'as a second password',
  );
  const appended = `right one${nextCode()}`;
  assert.equal(await outcomeOf(accounts, 'anna', appended), 'accepted');
  assert.equal(await outcomeOf(accounts, 'anna', appended), 'the one-time code is wrong or was used before');
  assert.equal(await outcomeOf(accounts, 'anna', `right one${nextCode()}`), 'accepted', 'from memory');
  assert.equal(await outcomeOf(accounts, 'anna', `wrong one${nextCode()}`), 'the password is wrong');
  assert.equal(
    await outcomeOf(accounts, 'anna', {
      credential: { kind: 'one-time-code', code: new Secret(nextCode()) },
    }),
    'more: password',
    'a code alone is not enough',
  );
  await database.oneTimeCodes.remove('anna');
  assert.equal(await outcomeOf(accounts, 'anna', 'right one'), 'accepted');
});

test('fifty logins at once with one code let one in', async (context) => {
  const now = 1_900_000_000_000;
  const { database, accounts } = await openAccounts(context, { now: () => now });
  await database.add({ name: 'anna', password: new Secret('right one') });
  const { secret } = await database.oneTimeCodes.enrol('anna');
  const given = {
    credential: { kind: 'one-time-code', code: new Secret(codeAt(secret, stepAt(now))) } as const,
    previous: [password('right one')],
  };
  const all = await Promise.all(Array.from({ length: 50 }, async () => outcomeOf(accounts, 'anna', given)));
  assert.equal(all.filter((outcome) => outcome === 'accepted').length, 1);
});

test('FTP asks for accounting information after the password, SSH does not', async (context) => {
  const { database, accounts } = await openAccounts(context);
  await database.add({
    name: 'anna',
    password: new Secret('right one'),
    accountInformation: new Secret('cost centre 7'),
  });
  const information = (text: string) => ({
    credential: { kind: 'account', information: new Secret(text) } as const,
    previous: [password('right one')],
  });
  assert.equal(await outcomeOf(accounts, 'anna', 'right one'), 'more: account');
  assert.equal(await outcomeOf(accounts, 'anna', information('cost centre 7')), 'accepted');
  assert.equal(
    await outcomeOf(accounts, 'anna', information('another')),
    'the accounting information is wrong',
  );
  assert.equal(await outcomeOf(accounts, 'anna', 'right one', sftp), 'accepted');
});

test('expiry, hours, networks, protocols and TLS are asked after the password', async (context) => {
  let now = Date.parse('2030-01-07T12:00:00Z');
  const { database, accounts } = await openAccounts(context, { now: () => now });
  await database.add({ name: 'anna', password: new Secret('p') });
  const cases = [
    [{ expiresAt: now + 1 }, {}, 'accepted'],
    [{ expiresAt: now }, {}, 'the account has expired'],
    [{ allowedNetworks: ['192.0.2.0/24'] }, {}, 'accepted'],
    [{ allowedNetworks: ['198.51.100.0/24'] }, {}, 'the account may not log in from this address'],
    [{ deniedNetworks: ['192.0.2.0/24'] }, {}, 'the account may not log in from this address'],
    [{ deniedNetworks: ['192.0.2.0/24'] }, { remoteAddress: 'not an address' }, 'accepted'],
    [
      { allowedNetworks: ['0.0.0.0/0'] },
      { remoteAddress: 'nonsense' },
      'the account may not log in from this address',
    ],
    [{ protocols: ['sftp'] }, { protocol: 'scp' }, 'accepted'],
    [{ protocols: ['sftp'] }, { protocol: 'ftp' }, 'the account may not log in by this protocol'],
    [{ protocols: [] }, { protocol: 'sftp' }, 'the account may not log in by this protocol'],
    [{ requireTls: true }, { secure: false }, 'the account demands an encrypted connection'],
    [{ minimumTlsVersion: 'TLSv1.3' }, { tlsVersion: 'TLSv1.3' }, 'accepted'],
    [
      { minimumTlsVersion: 'TLSv1.3' },
      { tlsVersion: 'TLSv1.2' },
      'the account demands a newer version of TLS',
    ],
    [
      { minimumTlsVersion: 'TLSv1.2' },
      { tlsVersion: 'TLSv1.1' },
      'the account demands a newer version of TLS',
    ],
    [{ minimumTlsVersion: 'TLSv1.3' }, { tlsVersion: null }, 'the account demands a newer version of TLS'],
    [{ minimumTlsVersion: 'TLSv1.3' }, { protocol: 'sftp' }, 'accepted'],
    [{ minimumTlsVersion: 'TLSv1.3' }, { secure: false }, 'the account demands an encrypted connection'],
  ] as const;
  const none = Object.fromEntries(
    cases.flatMap(([changes]) => Object.keys(changes)).map((name) => [name, null]),
  );
  for (const [changes, more, expected] of cases) {
    await database.set('anna', { ...none, ...changes });
    assert.equal(await outcomeOf(accounts, 'anna', 'p', more), expected, JSON.stringify([changes, more]));
  }
  await database.set('anna', {
    ...none,
    allowedHours: { timeZone: 'UTC', ranges: [{ days: ['mon'], from: '12:00', to: '12:30' }] },
  });
  assert.equal(await outcomeOf(accounts, 'anna', 'p'), 'accepted');
  now += 30 * 60_000;
  assert.equal(await outcomeOf(accounts, 'anna', 'p'), 'the account may not log in at this time');
});

test('a group decides where the account says nothing, and its change counts at once', async (context) => {
  const { database, accounts } = await openAccounts(context);
  await database.groups.add({ name: 'staff', protocols: ['sftp'] });
  await database.add({ name: 'anna', password: new Secret('p'), groups: ['staff'] });
  assert.equal(await outcomeOf(accounts, 'anna', 'p'), 'the account may not log in by this protocol');
  assert.equal(await outcomeOf(accounts, 'anna', 'p', sftp), 'accepted');
  await database.groups.set('staff', { protocols: ['ftp'] });
  assert.equal(await outcomeOf(accounts, 'anna', 'p', sftp), 'the account may not log in by this protocol');
  await database.groups.remove('staff');
  assert.equal(await outcomeOf(accounts, 'anna', 'p', sftp), 'accepted');
});
