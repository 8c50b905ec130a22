// What a preset of masking leaves out of a recording: asked of what is stored, recorded by the unmodified SDK.
import assert from 'node:assert/strict'
import { until } from './cassette.mjs'
import { enter, leave, sessionOf } from './visits.mjs'

/** What the page of the visitor holds; each is looked for in the stored recording. */
const MARKS = {
  open: 'Sentence in the open',
  byClass: 'Sentence of the class ph-mask',
  leftOut: 'Sentence of the class ph-no-capture',
  bySelector: 'Sentence that a selector names',
  typed: 'typed into a field',
  password: 'correct horse battery',
}

/** What of it is readable in the recording, by what the project is told. */
const PRESETS = [
  ['everything masked', 'text_and_inputs', []],
  ['inputs masked', 'inputs', ['open', 'bySelector']],
  ['private parts only', 'none', ['open', 'bySelector', 'typed']],
  ['custom masking', { custom: { inputs: false, text_selector: '.address', block_selector: '#open' } }, ['typed']],
]

/** One test a preset: a browser keeps what it was told for a minute. */
export const maskingTests = PRESETS.map(([name, masking, readable]) => [
  `${name}: the recording holds what it may`,
  async ({ cassette, browser }) => {
    await tell(cassette, masking)
    const { page } = await browser.page()
    await enter(page, cassette.base)
    const session = await sessionOf(page)
    await visit(page)
    await leave(page)
    const text = await recorded(cassette, session)
    assert.deepEqual(Object.keys(MARKS).filter((mark) => text.includes(MARKS[mark])), readable)
    const hasPicture = text.includes('"tagName":"img","attributes":{"src"')
    assert.equal(hasPicture, masking !== 'text_and_inputs', 'pictures')
  },
])

async function tell(cassette, masking) {
  const answer = await fetch(`${cassette.base}/api/projects/1`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${cassette.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ recording_settings: { masking } }),
  })
  assert.equal(answer.status, 200, await answer.text())
}

async function visit(page) {
  await page.evaluate((marks) => {
    const box = document.createElement('section')
    const add = (tag, text, more) => {
      const element = Object.assign(document.createElement(tag), more)
      element.textContent = text
      box.append(element)
    }
    add('p', marks.open, { id: 'open' })
    add('p', marks.byClass, { className: 'ph-mask' })
    add('div', marks.leftOut, { className: 'ph-no-capture' })
    add('p', marks.bySelector, { className: 'address' })
    add('input', '', { id: 'typed' })
    add('input', '', { id: 'password', type: 'password' })
    add('img', '', { src: '/demo/favicon.svg' })
    document.body.append(box)
  }, MARKS)
  await page.fill('#typed', MARKS.typed)
  await page.fill('#password', MARKS.password)
  await page.click('#typed')
  await page.waitForTimeout(1500)
}

/** All of the recording as it is stored, once it holds the click. */
async function recorded(cassette, session) {
  let lines
  await until(
    async () => {
      lines = await cassette.finished(session)
      return lines.some((line) => line.name === 'click')
    },
    30_000,
    () => 'the visit is not stored',
  )
  return JSON.stringify(lines)
}
