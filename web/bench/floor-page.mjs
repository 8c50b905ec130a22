// The floors of what is seen in the browser: the same recorded page by rrweb's replayer alone, with its events in a file beside it and
// nothing around it; and a list of links without a script.

import { build } from 'esbuild'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { withoutRecorder } from '../rrweb-replayer.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const LINKS = 50

/** `blocks`: NDJSON of opening blocks, by name: `/<name>` shows the first picture of one, `/links` the list. Answers the origin and an end. */
export async function serveFloors(blocks) {
  const { outputFiles } = await build({
    entryPoints: [join(here, 'floor-replay.mjs')], bundle: true, minify: true, format: 'esm', target: ['chrome105'], write: false, logLevel: 'warning', plugins: [withoutRecorder],
  })
  const page = (body) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Floor</title><body>${body}`
  const files = new Map([['/replay.js', ['text/javascript', outputFiles[0].text]]])
  files.set('/links', ['text/html', page(Array.from({ length: LINKS }, (_, at) => `<p><a href="/recordings/${at}">Recording ${at}</a></p>`).join(''))])
  for (const [name, lines] of Object.entries(blocks)) {
    files.set(`/${name}`, ['text/html', page(`<div id="replay"></div><script type="module" src="/replay.js"></script>`)])
    files.set(`/${name}.ndjson`, ['application/x-ndjson', lines])
  }
  const packed = new Map([...files].map(([path, [type, text]]) => [path, [type, gzipSync(text)]]))
  const server = createServer((request, response) => {
    const [type, bytes] = packed.get(request.url) ?? []
    const kept = type === 'text/javascript' && { 'cache-control': 'max-age=31536000, immutable' }
    response.writeHead(bytes ? 200 : 404, { 'content-type': `${type ?? 'text/plain'}; charset=utf-8`, ...(bytes && { 'content-encoding': 'gzip' }), ...kept })
    response.end(bytes)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() }
}
