// A site of somebody else: files of some folders, served as any server of files does it, with parts where it is asked for them.

import { createServer } from 'node:http'
import { existsSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'

const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html; charset=utf-8' }

/** `pages` are by path, and go before files. `parts: false`: as a server that knows no ranges. */
export async function startSite({ folders = [], pages = {}, headers = {}, parts = true }) {
  const requests = []
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://site')
    requests.push({ method: request.method, path: pathname, range: request.headers.range })
    const name = pathname.endsWith('/') ? `${pathname}index.html` : pathname
    const found = folders.map((folder) => join(folder, name)).find((file) => existsSync(file))
    const content = pages[name] ?? (found && readFileSync(found))
    if (content === undefined) return response.writeHead(404, headers).end()
    const about = { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream', ...headers }
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
    if (!range || !parts) return response.writeHead(200, about).end(content)
    const bytes = Buffer.from(content)
    const [from, to] = [Number(range[1]), Math.min(Number(range[2]) + 1, bytes.length)]
    response.writeHead(206, { ...about, 'content-range': `bytes ${from}-${to - 1}/${bytes.length}` }).end(bytes.subarray(from, to))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A test that failed does not close it.
  server.unref()
  const close = () => new Promise((done) => { server.closeAllConnections(); server.close(done) })
  return { origin: `http://127.0.0.1:${server.address().port}`, requests, close }
}
