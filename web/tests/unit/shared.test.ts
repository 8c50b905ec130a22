import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOpenedShare, readShareLook } from '../../src/format/shared'
import { momentOfAddress } from '../../src/player/moment'

const look = (settings: Record<string, unknown>, query: string, isEmbedded = false) =>
  readShareLook(settings, new URLSearchParams(query), isEmbedded)

test('what_the_owner_set_holds_unless_the_address_says_otherwise', () => {
  assert.deepEqual(look({}, ''), { inspector: false, header: true, brand: true, autoplay: undefined, theme: undefined })
  const set = { showInspector: true, noHeader: true, whitelabel: true, autoplay: false, theme: 'dark' }
  assert.deepEqual(look(set, ''), { inspector: true, header: false, brand: false, autoplay: false, theme: 'dark' })
  const asked = 'showInspector=0&noHeader=false&whitelabel=0&autoplay=1&theme=light'
  assert.deepEqual(look(set, asked), { inspector: false, header: true, brand: true, autoplay: true, theme: 'light' })
})

test('a_parameter_that_is_only_there_means_yes', () => {
  assert.equal(look({}, 'showInspector').inspector, true)
  assert.equal(look({}, 'noHeader').header, false)
})

test('an_embedded_page_has_no_header_unless_it_is_asked_for', () => {
  assert.equal(look({}, '', true).header, false)
  assert.equal(look({ noHeader: false }, '', true).header, true)
})

test('settings_and_parameters_that_mean_nothing_are_passed_over', () => {
  assert.deepEqual(look({ showInspector: 'yes', theme: 7 }, 'theme=pink'), look({}, ''))
})

test('an_opened_link_is_read_with_its_four_facts', () => {
  const recording = { id: 's', recording_duration: 10, start_time: '2026-11-21T07:15:10.102Z', end_time: '2026-11-21T07:15:20.102Z' }
  const opened = readOpenedShare({ shareToken: 'p', type: 'recording', project_id: 3, name: null, recordings: [recording], settings: {} })
  assert.equal(opened?.recordings[0]?.id, 's')
  assert.equal(opened?.recordings[0]?.person, '')
  assert.equal(opened?.kind, 'recording')
  assert.equal(readOpenedShare({ error: 'Password required' }), undefined)
})

test('a_moment_stands_behind_the_hash_or_in_the_query', () => {
  assert.equal(momentOfAddress('', '?t=7.5'), 7500)
  assert.equal(momentOfAddress('#t=3', '?t=7.5'), 3000)
  assert.equal(momentOfAddress('', '?theme=dark&t=7'), 7000)
  assert.equal(momentOfAddress('', '?t=soon'), undefined)
})
