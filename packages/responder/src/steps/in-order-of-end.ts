/** What comes of several promises, each as soon as it is there. Rejects when one of them does; the others are then not waited for. */
export async function* inOrderOfEnd<T>(promises: readonly Promise<T>[]): AsyncGenerator<T> {
  const waiting = new Map(promises.map((promise, index) => [index, promise.then((value) => ({ index, value }))]))
  for (const one of waiting.values()) one.catch(() => undefined)
  while (waiting.size > 0) {
    const { index, value } = await Promise.race(waiting.values())
    waiting.delete(index)
    yield value
  }
}
