// The rules of HAR 1.2: required members and their types, dates, and references. Answers what is wrong, as sentences.

const TEXT = 'string'
const NUMBER = 'number'

const LISTS = {
  log: { version: TEXT, creator: 'creator', entries: ['entry'], 'browser?': 'creator', 'pages?': ['page'], 'comment?': TEXT },
  creator: { name: TEXT, version: TEXT, 'comment?': TEXT },
  page: { startedDateTime: 'date', id: TEXT, title: TEXT, pageTimings: 'pageTimings', 'comment?': TEXT },
  pageTimings: { 'onContentLoad?': 'time', 'onLoad?': 'time', 'comment?': TEXT },
  entry: {
    'pageref?': TEXT, startedDateTime: 'date', time: 'positive', request: 'request', response: 'response', cache: 'cache', timings: 'timings',
    'serverIPAddress?': TEXT, 'connection?': TEXT, 'comment?': TEXT,
  },
  request: {
    method: TEXT, url: TEXT, httpVersion: TEXT, cookies: ['cookie'], headers: ['pair'], queryString: ['pair'], 'postData?': 'postData', headersSize: 'time', bodySize: 'time', 'comment?': TEXT,
  },
  response: {
    status: NUMBER, statusText: TEXT, httpVersion: TEXT, cookies: ['cookie'], headers: ['pair'], content: 'content', redirectURL: TEXT, headersSize: 'time', bodySize: 'time', 'comment?': TEXT,
  },
  cookie: { name: TEXT, value: TEXT },
  pair: { name: TEXT, value: TEXT, 'comment?': TEXT },
  postData: { mimeType: TEXT, params: ['pair'], text: TEXT, 'comment?': TEXT },
  content: { size: NUMBER, 'compression?': NUMBER, mimeType: TEXT, 'text?': TEXT, 'encoding?': TEXT, 'comment?': TEXT },
  cache: { 'beforeRequest?': 'object', 'afterRequest?': 'object', 'comment?': TEXT },
  timings: { 'blocked?': 'time', 'dns?': 'time', 'connect?': 'time', send: 'positive', wait: 'positive', receive: 'positive', 'ssl?': 'time', 'comment?': TEXT },
}

export function checkHar(file) {
  const wrong = []
  check(file?.log, 'log', 'log', wrong)
  if (wrong.length > 0) return wrong
  if (file.log.version !== '1.2') wrong.push(`the version is ${file.log.version}`)
  const pages = new Set((file.log.pages ?? []).map(({ id }) => id))
  if (pages.size !== (file.log.pages ?? []).length) wrong.push('two pages have the same id')
  file.log.entries.forEach(({ pageref, time, timings }, place) => {
    if (pageref !== undefined && !pages.has(pageref)) wrong.push(`entry ${place} names a page that is not there`)
    const sum = ['blocked', 'dns', 'connect', 'send', 'wait', 'receive'].reduce((all, name) => all + Math.max(0, timings[name] ?? 0), 0)
    if (Math.abs(sum - time) > 0.01) wrong.push(`entry ${place} took ${time} ms, its phases ${sum} ms`)
  })
  return wrong
}

function check(value, kind, where, wrong) {
  const say = () => wrong.push(`${where} is no ${kind}: ${JSON.stringify(value)?.slice(0, 60)}`)
  if (kind === TEXT || kind === NUMBER) return typeof value === kind && !Number.isNaN(value) ? undefined : say()
  if (kind === 'object') return typeof value === 'object' && value !== null ? undefined : say()
  // -1 says that it is not known.
  if (kind === 'time') return typeof value === NUMBER && (value === -1 || value >= 0) ? undefined : say()
  if (kind === 'positive') return typeof value === NUMBER && value >= 0 ? undefined : say()
  if (kind === 'date') return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value) && !Number.isNaN(Date.parse(value)) ? undefined : say()
  if (Array.isArray(kind)) {
    if (!Array.isArray(value)) return say()
    return value.forEach((item, place) => check(item, kind[0], `${where}[${place}]`, wrong))
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return say()
  const rules = LISTS[kind]
  const known = new Set(Object.keys(rules).map((name) => name.replace('?', '')))
  for (const name of Object.keys(value)) if (!known.has(name) && !name.startsWith('_')) wrong.push(`${where}.${name} is not in HAR`)
  for (const [name, type] of Object.entries(rules)) {
    const member = name.replace('?', '')
    if (value[member] === undefined) {
      if (!name.endsWith('?')) wrong.push(`${where}.${member} is missing`)
    } else check(value[member], type, `${where}.${member}`, wrong)
  }
}
