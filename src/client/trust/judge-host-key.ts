import type { HostKeyQuestion } from '#protocols/ssh/client/site-options.ts';
import type { HostKeyPolicy } from './host-key-policy.ts';
import { addKnownHost, defaultKnownHostsFiles } from './known-hosts-files.ts';

/** Decides about a host key as a policy says, and makes it known where that says so. */
export async function judgeHostKey(
  policy: HostKeyPolicy,
  question: HostKeyQuestion,
  signal: AbortSignal,
): Promise<boolean> {
  const { mode = 'strict', pins = [] } = policy;
  const { fingerprint, verdict } = question;
  if (pins.length > 0) return pins.includes(fingerprint);
  if (verdict === 'known' || mode === 'off') return true;
  const isJudged = verdict === 'changed' && mode === 'ask' && policy.askAboutChanged === true;
  if ((verdict !== 'unknown' && !isJudged) || mode === 'strict') return false;
  if (mode === 'ask') {
    const { host, port, publicKey } = question;
    const [previousFingerprint] = question.knownFingerprints ?? [];
    const offer = { host, port, keyType: publicKey.type, fingerprint, verdict, previousFingerprint };
    const judged = (await policy.judge?.(offer, signal)) ?? false;
    if (judged !== true || verdict !== 'unknown') return judged !== false;
  }
  const [file] = policy.knownHostsFiles ?? defaultKnownHostsFiles();
  if (file !== undefined) await addKnownHost(file, question.knownHostsLine);
  return true;
}
