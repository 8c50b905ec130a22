// Forwards byte for byte and keeps a copy of every POST, and when it was answered. `replace` serves chosen paths itself: so the shop, which loads
// the SDK that the server ships, can be recorded by an older one.
import http from 'node:http'

export async function startProxy(target, replace = {}) {
  const base = new URL(target)
  const posts = []
  const server = http.createServer((request, response) => {
    const path = new URL(request.url, target).pathname
    if (replace[path] !== undefined) {
      response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8', 'access-control-allow-origin': '*' })
      return response.end(replace[path])
    }
    const parts = []
    request.on('data', (part) => parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts)
      const post = request.method === 'POST' ? { path, url: request.url, body, status: 0, answeredAt: 0 } : undefined
      if (post) posts.push(post)
      const headers = { ...request.headers, host: base.host }
      const forwarded = http.request(
        { hostname: base.hostname, port: base.port, path: request.url, method: request.method, headers },
        (answer) => {
          if (post) Object.assign(post, { status: answer.statusCode, answeredAt: Date.now() })
          response.writeHead(answer.statusCode, answer.rawHeaders)
          answer.pipe(response)
        },
      )
      forwarded.on('error', () => request.socket.destroy())
      forwarded.end(body)
    })
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return {
    base: `http://127.0.0.1:${server.address().port}`,
    posts,
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}
