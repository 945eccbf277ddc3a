import type { AdmissionRefusal } from '#engine/login-defence.ts';

/** What a client is told when the defence does not let it in. */
export const admissionRefusals: Readonly<Record<AdmissionRefusal, string>> = {
  penalty: 'Too many failed logins from your network, try again in a minute',
  'half-open-network': 'Too many unfinished logins from your network',
  'half-open-early-drop': 'Too many unfinished logins, try again later',
  'half-open-full': 'Too many unfinished logins, try again later',
};
