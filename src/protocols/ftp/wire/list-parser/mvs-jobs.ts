import { listedEntry, type Dialect } from './reading.ts';
import { tokenize } from './tokens.ts';

const heading = /^\s*JOBNAME\s+JOBID\b/i;
const jobId = /^(?:JOB|STC|TSU|J\d|S\d|T\d)\d{4,6}$/i;
const states: ReadonlySet<string> = new Set(['INPUT', 'ACTIVE', 'OUTPUT', 'HELD', 'HOLD', '-HELD-']);

/**
 * The job queue of z/OS (`SITE FILETYPE=JES`): `IBMUSER1 JOB01906 OUTPUT 3 Spool Files`, at interface level 2 with
 * the owner before the state. A job is fetched under its identifier, which is therefore its name.
 */
export const mvsJobs: Dialect = {
  name: 'mvs-jobs',
  systemType: /\bMVS\b|\bz\/OS\b|OS\/390/i,
  exactSizes: false,
  createReader: () => (line) => {
    if (heading.test(line)) return 'note';
    const [job, id, third, fourth] = tokenize(line, 0, 4).map(({ text }) => text);
    if (job === undefined || job.length > 8 || id === undefined || !jobId.test(id)) return null;
    if (states.has(third?.toUpperCase() ?? '')) return listedEntry(id, 'file', {});
    return states.has(fourth?.toUpperCase() ?? '') ? listedEntry(id, 'file', { owner: third ?? null }) : null;
  },
};
