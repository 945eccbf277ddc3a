/** An address as it may be shown: without the password that may stand in it. */
export function shownAddress(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/:@]*):[^/]*@/iu, '$1@');
}
