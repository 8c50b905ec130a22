// A long list of which only what is looked at is here.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRowPages, PAGE_SIZE, type RowPages } from '../../src/app/row-pages'
import type { ListPage, ListRow } from '../../src/format/list-row'
import { readRecordingFacts } from '../../src/format/listing'
import type { ListSource, PagePlace } from '../../src/sources/list'

function row(number: number, more: object = {}): ListRow {
  const read = readRecordingFacts({ id: `row-${number}`, start_time: new Date(number).toISOString(), viewed: false, ...more })
  assert.ok(read)
  return read
}

/** A server with rows `from` to `to`, the highest number first; more may come on top. */
function server(count: number) {
  const state = { top: count, down: false, asked: [] as PagePlace[], counts: true }
  const page = ({ after, offset = 0, limit }: PagePlace): ListPage => {
    const begin = (after === undefined ? state.top : Number(after.split('-')[1])) - offset
    const end = Math.max(0, begin - limit)
    const rows = Array.from({ length: Math.max(0, begin - end) }, (_, at) => row(begin - 1 - at))
    return { rows, hasNext: end > 0, next: end > 0 ? `row-${end}` : undefined }
  }
  const source: ListSource = {
    page: async (place) => {
      state.asked.push(place)
      if (state.down) throw new Error('down')
      return page(place)
    },
    count: async () => (state.counts ? state.top : undefined),
  }
  return { state, source, first: page({ limit: PAGE_SIZE }) }
}

/** Looks at some rows, until they are there. */
async function look(pages: RowPages, first: number, last: number): Promise<void> {
  pages.want(first, last)
  for (let turn = 0; turn < 100; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    if (Array.from({ length: last - first }, (_, at) => pages.rowAt(first + at)).every(Boolean)) return
  }
  assert.fail(`rows ${first} to ${last} did not come`)
}

const ids = (pages: RowPages, first: number, last: number) => Array.from({ length: last - first }, (_, at) => pages.rowAt(first + at)?.id)

test('the_middle_is_read_without_what_lies_before_it', async () => {
  const { state, source, first } = server(10_000)
  const pages = openRowPages(source, first, 0, () => undefined)
  await look(pages, 5000, 5020)
  assert.equal(pages.total, 10_000)
  assert.deepEqual(ids(pages, 5000, 5003), ['row-4999', 'row-4998', 'row-4997'])
  assert.ok(state.asked.length <= 3, JSON.stringify(state.asked))
  pages.close()
})

test('rows_keep_their_places_whatever_comes_on_top', async () => {
  const { state, source, first } = server(1000)
  const pages = openRowPages(source, first, 0, () => undefined)
  // Counted before anything comes.
  await look(pages, 900, 910)
  state.top = 1007
  await look(pages, 300, 320)
  assert.deepEqual(ids(pages, 300, 302), ['row-699', 'row-698'])
  const newest = await source.page({ limit: PAGE_SIZE }, new AbortController().signal)
  const fresh = pages.merge(newest)
  assert.deepEqual(fresh?.map(({ id }) => id), [6, 5, 4, 3, 2, 1, 0].map((number) => `row-${1000 + number}`))
  pages.prepend(fresh ?? [])
  assert.equal(pages.rowAt(0)?.id, 'row-1006')
  assert.equal(pages.rowAt(7)?.id, 'row-999')
  assert.equal(pages.rowAt(307)?.id, 'row-699')
  assert.equal(pages.indexOf('row-699'), 307)
  assert.equal(pages.total, 1007)
  pages.close()
})

test('so_much_that_is_new_that_there_is_a_gap_is_told_apart', async () => {
  const { state, source, first } = server(1000)
  const pages = openRowPages(source, first, 0, () => undefined)
  state.top = 1000 + PAGE_SIZE
  assert.equal(pages.merge(await source.page({ limit: PAGE_SIZE }, new AbortController().signal)), undefined)
  pages.close()
})

test('what_is_far_away_is_let_go_and_read_again', async () => {
  const { state, source, first } = server(100_000)
  const pages = openRowPages(source, first, 0, () => undefined)
  for (let at = 0; at < 70; at++) await look(pages, 1000 * at + 100, 1000 * at + 110)
  assert.equal(pages.rowAt(100), undefined, 'far above, it is not kept')
  assert.equal(pages.rowAt(0)?.id, 'row-99999', 'the first page is: it is what is refreshed')
  const before = state.asked.length
  await look(pages, 100, 110)
  assert.deepEqual(ids(pages, 100, 101), ['row-99899'])
  assert.ok(state.asked.length > before)
  pages.close()
})

test('a_part_that_failed_is_said_and_asked_for_again', async () => {
  const { state, source, first } = server(1000)
  const pages = openRowPages(source, first, 0, () => undefined)
  await look(pages, 0, 10)
  state.down = true
  pages.want(500, 510)
  await new Promise((resolve) => setTimeout(resolve, 150))
  assert.ok(pages.hasFailed(505))
  state.down = false
  pages.retry()
  await look(pages, 500, 510)
  pages.close()
})

test('a_server_that_does_not_count_gives_a_list_that_grows', async () => {
  const { state, source, first } = server(120)
  state.counts = false
  const pages = openRowPages(source, first, 0, () => undefined)
  assert.equal(pages.total, 51)
  await look(pages, 40, 51)
  assert.equal(pages.total, 101)
  await look(pages, 90, 101)
  assert.deepEqual([pages.total, pages.isCounted], [120, true])
  pages.close()
})

test('rows_are_changed_where_they_stand', () => {
  const { source } = server(0)
  let changes = 0
  const pages = openRowPages(source, { rows: [row(2), row(1)], hasNext: false, next: undefined }, 0, () => (changes += 1))
  pages.update((one) => (one.id === 'row-1' ? { ...one, viewed: true } : one))
  assert.deepEqual([pages.rowAt(0)?.viewed, pages.rowAt(1)?.viewed, changes], [false, true, 1])
  pages.update((one) => one)
  assert.equal(changes, 1, 'nothing changed')
  pages.close()
})
