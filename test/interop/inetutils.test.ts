import { bsdClient } from './bsd-client.ts';
import { interop } from './suite.ts';

interop(bsdClient('inetutils-ftp', ['-n', '-i', '-g', '-e', '-v']));
