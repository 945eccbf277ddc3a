/** Yields the JSON values of a body with one to a line, however the bytes are cut on their way. */
export async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator {
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  let rest: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      let start = 0;
      for (let end = value.indexOf('\n'); end !== -1; end = value.indexOf('\n', start)) {
        rest.push(value.slice(start, end));
        const line = rest.join('');
        rest = [];
        start = end + 1;
        if (line !== '') yield JSON.parse(line);
      }
      if (start < value.length) rest.push(value.slice(start));
    }
    const last = rest.join('');
    if (last.trim() !== '') yield JSON.parse(last);
  } finally {
    // Stops the work at the far end when nobody listens any more.
    await reader.cancel().catch(() => undefined);
  }
}
