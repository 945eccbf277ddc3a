// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const unsafe = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu;

/** A name from a server as a terminal may show it: nothing in it moves the cursor or turns the line round. */
export function visibleText(text: string): string {
  return text.replace(unsafe, (character) =>
    character <= '\u009f'
      ? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
      : `\\u${character.charCodeAt(0).toString(16)}`,
  );
}
