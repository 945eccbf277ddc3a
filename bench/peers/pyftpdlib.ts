import { join } from 'node:path';
import { freePort, run, type Workspace, writeConfig } from '../workspace.ts';
import { fetchPackages, packageRoot } from './debian.ts';
import { account, MissingPeer, type Peer } from './peer.ts';
import { startPeer } from './start.ts';

const packages = ['python3-pyftpdlib', 'python3-openssl', 'python3-cryptography', 'python3-cffi-backend'];
const python = '/usr/bin/python3';

/** One event loop with the standard handlers; sendfile is their default. */
const script = `
import logging, sys
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import TLS_FTPHandler
from pyftpdlib.servers import FTPServer

port, tree, certificate, user, password = sys.argv[1:]
logging.basicConfig(level=logging.ERROR)
authorizer = DummyAuthorizer()
authorizer.add_user(user, password, tree, perm='elradfmwMT')
authorizer.add_anonymous(tree)
handler = TLS_FTPHandler
handler.authorizer = authorizer
handler.certfile = certificate
handler.timeout = 3600
handler.dtp_handler.timeout = 3600
handler.passive_ports = list(range(22000, 26000))
server = FTPServer(('127.0.0.1', int(port)), handler, backlog=4096)
server.max_cons = 0
server.max_cons_per_ip = 0
server.serve_forever(handle_exit=True)
`;

function pythonPath(workspace: Workspace): string {
  return join(packageRoot(workspace), 'usr/lib/python3/dist-packages');
}

async function imports(environment: Readonly<Record<string, string>>): Promise<boolean> {
  const code = 'from pyftpdlib.handlers import TLS_FTPHandler';
  return run(python, ['-c', code], { env: { ...process.env, ...environment } }).then(
    () => true,
    () => false,
  );
}

export const pyftpdlib: Peer = {
  name: 'pyftpdlib',
  title: 'pyftpdlib',
  kind: 'peer',
  sessionModel: 'event-loop',
  capabilities: new Set(['plain', 'tls', 'mlsd', 'anonymous', 'write']),
  packages,
  async prepare(workspace) {
    if (await imports({})) return;
    await fetchPackages(workspace, packages);
    if (!(await imports({ PYTHONPATH: pythonPath(workspace) }))) {
      throw new MissingPeer(`${python} cannot import it`);
    }
  },
  async start(workspace) {
    const port = await freePort();
    const file = await writeConfig(workspace, 'pyftpdlib/server.py', script);
    const parameters = [
      String(port),
      workspace.tree,
      workspace.keyAndCertificate,
      account.user,
      account.password,
    ];
    const environment = (await imports({})) ? {} : { PYTHONPATH: pythonPath(workspace) };
    return startPeer([python, file, ...parameters], port, environment);
  },
};
