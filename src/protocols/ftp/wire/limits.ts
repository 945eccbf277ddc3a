import { maximumPathLength } from '#core/virtual-path.ts';

/**
 * Every cap on what an FTP peer can make grow, with its reason. Lengths are octets unless the name says otherwise;
 * the wire parsers use them by themselves, the server and the client use the rest.
 */

/**
 * One command with its line end: a path of {@link maximumPathLength} characters takes up to four octets each in
 * UTF-8, a command may name two paths, and 8 KiB are left for the verb and its options (RFC 959 sets no limit).
 */
export const maximumCommandLine = 8 * 1024 + 2 * 4 * maximumPathLength;

/**
 * Commands that wait while an earlier one runs. Real clients send a handful ahead; past this the socket is no
 * longer read, so that a flood of `h CRLF` waits in the kernel of its sender instead of in memory here.
 */
export const maximumPendingCommands = 128;

/**
 * Passive ports that one session may have prepared at a time, once it has asked for it (OPTS EPSV-AHEAD): files that
 * follow each other over a long link are bound by them, and a range of ports is shared by all sessions.
 */
export const maximumPortsAhead = 4;

/** Unknown or malformed commands before login after which the connection is closed: no client errs this often. */
export const maximumBadCommandsBeforeLogin = 20;

/** The same after login, where a client that probes for extensions errs more often. */
export const maximumBadCommands = 200;

/** Answers to telnet negotiation per connection; a client has no cause to negotiate at all (RFC 959, RFC 1123). */
export const maximumTelnetAnswers = 64;

/** Octets inside one telnet subnegotiation; longer than any real one, and nothing of it is kept. */
export const maximumSubnegotiation = 1024;

/** One line of a reply from a server: longer than a path with both ends quoted. */
export const maximumReplyLine = 64 * 1024;

/** One whole reply from a server; a listing through `STAT path` is the largest honest one. */
export const maximumReply = 16 * 1024 * 1024;

/** Replies that a client keeps unread; more than the commands it has outstanding is a broken or hostile server. */
export const maximumPendingReplies = 256;

/** Entries listed inside a reply (`STAT path`): the whole reply is held in memory, unlike a data connection. */
export const maximumStatEntries = 10_000;

/** How deep `LIST -R`, RMDA, DSIZ and SITE RMDIR go; deeper than trees that people make, bounded against loops. */
export const maximumRecursionDepth = 64;

/** Entries that one recursive listing or walk visits before it stops. */
export const maximumRecursiveEntries = 1_000_000;

/**
 * Entries that LIST and NLST sort by name without being asked to. Programs read larger directories than that, which
 * are better served by the first line at once; Pure-FTPd tells no more than this many by default.
 */
export const maximumEntriesByName = 10_000;

/** As many are sorted by time, size, or backwards, where that is asked for. */
export const maximumSortedEntries = 200_000;

/** Directories that `LIST -R` keeps in mind to go into later; they are all that it holds in memory. */
export const maximumWaitingDirectories = 100_000;

/**
 * Largest file that SIZE reads in TYPE A: about a quarter of a second of work for a question that clients ask
 * before every download. Larger files have a size in TYPE I.
 */
export const maximumScannedFile = 256 * 1024 * 1024;

/** Sessions that one reply of SITE WHO tells of: it is held in memory as a whole. */
export const maximumSessionsTold = 1000;

/** Characters of a pattern with wildcards, after runs of `*` became one: four names of the longest kind. */
export const maximumGlobLength = 1024;

/** Path components with wildcards in one pattern; each multiplies the directories that must be read. */
export const maximumGlobWildComponents = 5;

/** Patterns that the braces of one pattern may expand to. */
export const maximumGlobAlternatives = 64;

/** Entries looked at to answer one pattern before it is refused. */
export const maximumGlobEntries = 100_000;

/** Paths in one COMB, MMD5 or the like; the command line bounds it too, this bounds the work. */
export const maximumPathsInList = 256;

/** Characters of the text that CLNT and CSID may leave in the log. */
export const maximumClientName = 200;

/** Octets of one restart marker in MODE B: RFC 959 leaves it open, real ones are a number. */
export const maximumRestartMarker = 256;

/** One line of a listing that a client reads: facts, a path and a link target fit many times. */
export const maximumListingLine = 64 * 1024;

/** Entries of one directory that a client keeps. */
export const maximumListingEntries = 5_000_000;

/**
 * Lines of a listing that are held back until they settle which dialect it is: enough to see the order of day and
 * month, and the language of the months, in directories that people make.
 */
export const listingEvidenceLines = 1000;

/** Characters held back for the same, so that a thousand lines of the greatest length do not add up. */
export const listingEvidenceCharacters = 1024 * 1024;

/** Lines of a listing that were not understood and are kept to be shown; a person reads no more of them. */
export const maximumUnknownLines = 100;

/** Characters kept of each such line. */
export const maximumUnknownLine = 300;
