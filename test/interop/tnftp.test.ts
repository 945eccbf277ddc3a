import { bsdClient } from './bsd-client.ts';
import { interop } from './suite.ts';

interop(bsdClient('tnftp', ['-n', '-i', '-g', '-V', '-q', '20']));
