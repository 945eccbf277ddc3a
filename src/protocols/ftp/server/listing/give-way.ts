/** Lets other sessions run between two pieces of work: storage that answers at once would keep the event loop. */
export async function giveWay(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
