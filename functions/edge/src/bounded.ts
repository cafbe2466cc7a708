/** Bodies of which no more is held than there is room for. */

/** The whole of `body` when it has at most `most` bytes; otherwise a stream of it, of which nothing was lost. */
export async function bounded(body: ReadableStream<Uint8Array> | null, most: number): Promise<Uint8Array | ReadableStream> {
  if (body === null) return new Uint8Array()
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return joined(chunks, size)
    chunks.push(value)
    size += value.length
    if (size > most) return onward(chunks, reader)
  }
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  if (chunks.length === 1) return chunks[0]!
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

function onward(read: Uint8Array[], rest: ReadableStreamDefaultReader<Uint8Array>): ReadableStream {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const value = read.shift() ?? (await rest.read()).value
      if (value === undefined) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => rest.cancel(reason),
  })
}
