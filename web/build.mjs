// Builds everything the server embeds:  node build.mjs --out DIR
//
//   DIR/<page>.html                      the pages: one for each src/pages/<page>.tsx of the table below
//   DIR/shared-gone.html                 what the page of a link, shared.html, is without one
//   DIR/offline.html                     the page that holds a recording itself: everything in one file
//   DIR/app/<name>-<hash>.{js,css}       what they load; names change with the content
//   DIR/demo/*                           the demo shop (web/demo: *.ts bundled, the rest copied)
//   DIR/static/*.js                      posthog-js's own scripts, as they are in the package
//   DIR/static/LICENSE.txt, version.txt  their licence and version
//   DIR/licenses.txt                     licences of what is bundled into the pages
//   DIR/script-digests.txt               of the scripts that stand in the pages, for their policy
//
// And the player alone, for other people's pages:  node build.mjs --package DIR
//
//   DIR/session-replay.js                an ES module that defines <session-replay>
//   DIR/session-replay.classic.js        the same as a classic script, for pages from files
//   DIR/decode-worker.js                 beside them; the scripts hold it too, for where it cannot be loaded
//   DIR/*                                what stands in web/package: package.json, types, README; and the licences
//
// Both print how large everything is, and fail where something is over its budget.
//
// The output depends on the sources and the lock file only: no times, no absolute paths, no source maps.

import { build } from 'esbuild'
import { createHash } from 'node:crypto'
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { addSize, printSizes } from './bundle-sizes.mjs'
import { withoutRecorder } from './rrweb-replayer.mjs'
import { styleText } from './style-text.mjs'

const root = dirname(fileURLToPath(import.meta.url))
const sdk = join(root, 'node_modules/posthog-js')

/** The most that each may have, in bytes of gzip. */
const BUDGETS = {
  // Every script and style sheet of every page, without the replayer.
  app: 250 * 1024,
  replayer: 75 * 1024,
  worker: 15 * 1024,
  // What each file that is handed on costs without its recording.
  'offline page': 150 * 1024,
  // The player as one script: replayer, worker and style in it.
  element: 200 * 1024,
}

/** What a server of posthog-js serves below `/static/`; those that a version lacks are left out. */
const STATIC_SCRIPTS = [
  'array.js',
  'lazy-recorder.js',
  'posthog-recorder.js',
  'recorder.js',
  'recorder-v2.js',
  'surveys.js',
  'web-vitals.js',
  'dead-clicks-autocapture.js',
  'exception-autocapture.js',
  'tracing-headers.js',
]

const shared = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  target: ['es2022', 'chrome105', 'firefox105', 'safari16'],
  legalComments: 'none',
  charset: 'utf8',
  sourcemap: false,
  metafile: true,
  logLevel: 'warning',
  define: { 'process.env.NODE_ENV': '"production"' },
  jsx: 'automatic',
  jsxImportSource: 'preact',
  plugins: [withoutRecorder, styleText],
}

const scriptOf = (page) => `src/pages/${page}.tsx`
const earlyOf = (page) => `src/pages/${page}-early.ts`
const STYLE = 'src/app/app.css'
const THEME_EARLY = 'src/ui/theme-early.ts'

/** The pages that the server serves, and their titles until their scripts know better. */
const PAGES = {
  api: 'API',
  collections: 'Collections',
  index: 'Recordings',
  live: 'Live',
  recording: 'Recording',
  settings: 'Settings',
  shared: 'Recording',
}

/**
 * Pages whose scripts are built together and share files. Each file costs some milliseconds until it is here and parsed: the list and the
 * player, which are opened most, load few. The list loads the player's script later, by its name, so that one is built before.
 */
const TOGETHER = [['recording', 'shared'], ['index'], ['api', 'collections', 'live', 'settings']]

/** Those that ask for what they need before their scripts are here. */
const HAVE_EARLY = ['index', 'recording']

/** Builds the pages' scripts and styles; answers the file names by entry, and by what is loaded later. */
async function buildApp(out, pages) {
  // The worker's address is written into the page's script, so it is built first.
  const worker = await build({
    ...shared,
    entryPoints: { 'decode-worker': 'src/sources/decode-worker.ts' },
    outdir: join(out, 'app'),
    entryNames: '[name]-[hash]',
    format: 'iife',
  })
  const DECODE_WORKER_URL = JSON.stringify(`/app/${basename(outputOf(worker, 'src/sources/decode-worker.ts'))}`)
  const named = { outdir: join(out, 'app'), entryNames: '[name]-[hash]', chunkNames: '[name]-[hash]' }
  const style = await build({ ...shared, ...named, entryPoints: { app: STYLE } })
  const scripts = []
  let RECORDING_SCRIPT_URL = '""'
  for (const pages of TOGETHER) {
    const entryPoints = Object.fromEntries(pages.map((page) => [page, scriptOf(page)]))
    const define = { ...shared.define, DECODE_WORKER_URL, RECORDING_SCRIPT_URL }
    const built = await build({ ...shared, ...named, entryPoints, format: 'esm', splitting: true, external: ['/app/*'], define })
    scripts.push(built)
    if (pages.includes('recording')) RECORDING_SCRIPT_URL = JSON.stringify(`/app/${basename(outputOf(built, scriptOf('recording')))}`)
  }
  // In the pages themselves, because they run before the first paint, and while everything else is on its way.
  const early = {}
  for (const page of pages) {
    const entry = HAVE_EARLY.includes(page) ? earlyOf(page) : THEME_EARLY
    const define = { ...shared.define, DECODE_WORKER_URL }
    early[page] = inline((await build({ ...shared, write: false, outdir: root, entryPoints: [entry], format: 'iife', define })).outputFiles[0].text.trim())
  }
  const digests = [...new Set(Object.values(early).map(digestOf))]
  await writeFile(join(out, 'script-digests.txt'), `${digests.join(' ')}\n`)
  for (const text of new Set(Object.values(early))) addSize('app', 'in a page, early', text)
  await addSizes('worker', worker)
  await addSizes('app', style)
  for (const built of scripts) await addSizes('app', built, 'replayer', 'src/player/replayer.ts')
  return {
    early,
    style: basename(outputOf(style, STYLE)),
    pages: Object.fromEntries(scripts.flatMap((built, place) => TOGETHER[place].map((page) => [page, pageScripts(built, scriptOf(page))]))),
  }
}

/** `apart` is counted under a name of its own: the output that the entry begins. */
async function addSizes(name, result, apart, entry) {
  for (const [path, output] of Object.entries(result.metafile.outputs)) {
    addSize(output.entryPoint === entry && entry ? apart : name, basename(path), await readFile(join(root, path)))
  }
}

function outputOf(result, entry) {
  for (const [path, output] of Object.entries(result.metafile.outputs)) {
    if (output.entryPoint === entry) return path
  }
  throw new Error(`esbuild wrote no output for ${entry}`)
}

/** A page's entry, and everything that it imports at once or later: fetched without waiting for one another. */
function pageScripts(result, entry) {
  const first = outputOf(result, entry)
  const seen = new Set()
  const visit = (path) => {
    if (seen.has(path)) return
    seen.add(path)
    for (const dependency of result.metafile.outputs[path].imports) {
      if (!dependency.external) visit(dependency.path)
    }
  }
  visit(first)
  return { entry: basename(first), preload: [...seen].slice(1).map((path) => basename(path)).sort() }
}

async function writePage(out, name, scripts, { style, early }) {
  const template = await readFile(join(root, 'src/pages/page.html'), 'utf8')
  const tags = [
    `<script>${early[name]}</script>`,
    `<link rel="stylesheet" href="/app/${style}">`,
    ...scripts.preload.map((file) => `<link rel="modulepreload" href="/app/${file}">`),
    `<script type="module" src="/app/${scripts.entry}"></script>`,
  ]
  const html = template.replace('<!-- title -->', PAGES[name]).replace('<!-- page -->', name).replace('<!-- app -->', () => tags.join('\n    '))
  await writeFile(join(out, `${name}.html`), html)
  return html
}

/** The page of a link that opens nothing: the same, and it knows that before it asks. */
async function writeGonePage(out, html) {
  const root = '<div id="app" '
  if (html.split(root).length !== 2) throw new Error(`the page of a link has no single ${root}`)
  await writeFile(join(out, 'shared-gone.html'), html.replace(root, `${root}data-gone `))
}

/**
 * The offline page: style, scripts and worker inside. The policy names the three scripts by their digests, so nothing else runs, and
 * lets nothing be fetched, so what a recorded page would ask for stays unasked.
 */
async function buildOffline(licences) {
  const bundled = { ...shared, write: false, outdir: root, format: 'iife' }
  const textOf = (result) => result.outputFiles[0].text.trim()
  const decoder = inline(textOf(await build({ ...bundled, entryPoints: ['src/sources/decode-worker.ts'] })))
  const define = { ...shared.define, DECODER_IS_BESIDE: 'true' }
  const app = inline(textOf(await build({ ...bundled, entryPoints: ['src/pages/offline.tsx'], define })))
  const theme = inline(textOf(await build({ ...bundled, entryPoints: [THEME_EARLY] })))
  const style = textOf(await build({ ...bundled, entryPoints: ['src/app/offline.css'] }))
  const policy = [
    "default-src 'none'",
    `script-src ${digestOf(theme)} ${digestOf(decoder)} ${digestOf(app)}`,
    "style-src 'unsafe-inline'",
    'img-src data: blob:',
    'font-src data:',
    'media-src data: blob:',
    'worker-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const parts = { policy, style, theme, decoder, app, licences: licences.replaceAll('<', '&lt;') }
  const template = await readFile(join(root, 'src/pages/offline.html'), 'utf8')
  const html = template.replace(/<!-- (policy|style|theme|decoder|app|licences) -->/g, (_, name) => parts[name])
  const marks = html.split('<!-- recording -->').length - 1
  if (marks !== 1) throw new Error(`the offline page has ${marks} places for a recording`)
  addSize('offline page', 'offline.html', html)
  return html
}

/**
 * A script's text as it may stand between tags: without what would end it, or begin a comment, or be changed by a parser (and
 * then not be the text of the digest). The sequence stands in strings and patterns only, where the escape means the same.
 */
function inline(script) {
  const text = script.replaceAll('<!--', '\\x3C!--').replace(/<(?=\/?script)/gi, '\\x3C')
  if (/[\r\0]/.test(text)) throw new Error('a script holds bytes that a parser of HTML would change')
  return text
}

/** As a policy names a script. */
function digestOf(text) {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

async function buildDemo(out) {
  const from = join(root, 'demo')
  const present = await stat(from).then(() => true, () => false)
  if (!present) return
  const scripts = (await readdir(from)).filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts')).sort()
  await cp(from, join(out, 'demo'), {
    recursive: true,
    filter: (path) => !/\.tsx?$|(^|\/)(tests|README\.md|tsconfig\.json)$/.test(relative(from, path)),
  })
  if (scripts.length === 0) return
  await build({
    ...shared,
    entryPoints: scripts.map((name) => `demo/${name}`),
    outdir: join(out, 'demo'),
    format: 'iife',
  })
}

async function copySdkScripts(out) {
  const to = join(out, 'static')
  await mkdir(to, { recursive: true })
  for (const name of STATIC_SCRIPTS) {
    const script = await readFile(join(sdk, 'dist', name)).catch((error) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (script) await writeFile(join(to, name), script)
  }
  const { version } = JSON.parse(await readFile(join(sdk, 'package.json'), 'utf8'))
  await writeFile(join(to, 'version.txt'), `${version}\n`)
  await cp(join(sdk, 'LICENSE'), join(to, 'LICENSE.txt'))
}

async function readLicences(packages) {
  const parts = []
  for (const name of packages) {
    const folder = join(root, 'node_modules', name)
    const { version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    const text = await readFile(join(folder, 'LICENSE'), 'utf8')
    const use = name === 'posthog-js' ? ' (its rrweb replayer)' : ''
    parts.push(`${name} ${version}${use}: ${license}\n\n${text.trim()}\n`)
  }
  return parts.join(`\n${'-'.repeat(72)}\n\n`)
}

/** The player as a package. One file each, so that it can be taken from anywhere. */
async function buildPackage(out) {
  await rm(out, { recursive: true, force: true })
  await cp(join(root, 'package'), out, { recursive: true })
  const bundled = { ...shared, write: false, outdir: root }
  const textOf = (result) => result.outputFiles[0].text
  const worker = textOf(await build({ ...bundled, entryPoints: ['src/sources/decode-worker.ts'], format: 'iife' }))
  const define = { ...shared.define, DECODE_WORKER_TEXT: JSON.stringify(worker.trim()) }
  const module = textOf(await build({ ...bundled, entryPoints: ['src/element/package.ts'], format: 'esm', define }))
  const classic = textOf(await build({ ...bundled, entryPoints: ['src/element/package-classic.ts'], format: 'iife', define }))
  await writeFile(join(out, 'decode-worker.js'), worker)
  await writeFile(join(out, 'session-replay.js'), module)
  await writeFile(join(out, 'session-replay.classic.js'), classic)
  addSize('element', 'session-replay.js', module)
  await writeFile(join(out, 'LICENSES.txt'), await readLicences(['preact', 'posthog-js', 'fzstd']))
  for (const name of ['LICENSE-APACHE', 'LICENSE-MIT']) await cp(join(root, '..', name), join(out, name))
}

async function buildPages(out) {
  for (const part of ['app', 'demo', 'static']) await rm(join(out, part), { recursive: true, force: true })
  await mkdir(out, { recursive: true })
  const pages = Object.keys(PAGES)
  const app = await buildApp(out, pages)
  for (const page of pages) {
    const html = await writePage(out, page, app.pages[page], app)
    if (page === 'shared') await writeGonePage(out, html)
  }
  await buildDemo(out)
  await copySdkScripts(out)
  const licences = await readLicences(['preact', 'posthog-js'])
  await writeFile(join(out, 'licenses.txt'), licences)
  await writeFile(join(out, 'offline.html'), await buildOffline(licences))
}

const { values } = parseArgs({ options: { out: { type: 'string' }, package: { type: 'string' } } })
if (!values.out && !values.package) {
  console.error('usage: node build.mjs [--out DIR] [--package DIR]')
  process.exit(2)
}
if (values.out) await buildPages(resolve(values.out))
if (values.package) await buildPackage(resolve(values.package))
if (!printSizes(BUDGETS)) process.exit(1)
