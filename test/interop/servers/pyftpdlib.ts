import { account, freePort, PeerPlace, startPeerProgram, type PeerOptions, type PeerServer } from './peer.ts';

/** One event loop with the standard handlers. */
const script = `
import logging, sys
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer

port, tree, certificate, user, password = sys.argv[1:]
logging.basicConfig(level=logging.CRITICAL)
handler = FTPHandler
if certificate:
    from pyftpdlib.handlers import TLS_FTPHandler
    handler = TLS_FTPHandler
    handler.certfile = certificate
authorizer = DummyAuthorizer()
authorizer.add_user(user, password, tree, perm='elradfmwMT')
handler.authorizer = authorizer
FTPServer(('127.0.0.1', int(port)), handler).serve_forever()
`;

/** pyftpdlib, which handles commands while a transfer runs. */
export async function startPyftpdlib(program: string, options: PeerOptions): Promise<PeerServer> {
  const place = new PeerPlace();
  const port = await freePort();
  const file = await place.write('server.py', script);
  const certificate = options.tls === true ? place.both : '';
  const command = [program, file, String(port), place.root, certificate, account.user, account.password];
  return startPeerProgram('pyftpdlib', place, { command, port });
}
