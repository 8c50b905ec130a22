// Settings: what is read is what is sent back, whatever the server left out; addresses name a part and a project.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressOf, readPlace } from '../../src/app/settings/places'
import { snippets } from '../../src/app/snippets'
import { readHealth, readRecordingSettings } from '../../src/format/settings'

test('settings_that_are_read_have_all_members_and_no_others', () => {
  const defaults = readRecordingSettings({})
  assert.deepEqual(defaults, readRecordingSettings(undefined))
  assert.deepEqual([defaults.enabled, defaults.sample_rate, defaults.masking, defaults.network.timing, defaults.canvas.enabled], [true, 1, 'inputs', true, false])
  const custom = { custom: { inputs: true, text_selector: '.a', block_selector: null, attributes: false } }
  const sent = { ...defaults, enabled: false, masking: custom, linked_flag: { flag: 'replay', variant: null }, url_triggers: ['/a'] }
  assert.deepEqual(readRecordingSettings({ ...JSON.parse(JSON.stringify(sent)), later: 1 }), sent)
  assert.equal(readRecordingSettings({ masking: 'something new' }).masking, 'inputs')
})

test('an_answer_of_an_odd_shape_shows_nothing_rather_than_failing', () => {
  const health = readHealth({ last_data_at: 'soon', refused: [{ outcome: 'unheard of', means: 1 }, 7], sdks: null, strangers: null })
  assert.equal(health.lastDataAt, undefined)
  assert.deepEqual(health.refused.map((refusal) => [refusal.outcome, refusal.means]), [['refused', ''], ['refused', '']])
  assert.deepEqual([health.sdks, health.strangers, health.unfinishedCount], [[], undefined, 0])
})

test('an_address_names_a_part_and_a_project', () => {
  assert.deepEqual(readPlace('/settings', ''), { part: 'project', project: undefined })
  for (const place of [{ part: 'health', project: 2 }, { part: 'users', project: undefined }] as const) {
    const [path, query] = addressOf(place).split('?')
    assert.deepEqual(readPlace(path ?? '', query ? `?${query}` : ''), place)
  }
  assert.equal(readPlace('/settings/nothing', '').part, undefined)
  for (const query of ['?project=x', '?project=-1', '?project=1.5']) assert.equal(readPlace('/settings', query).project, undefined, query)
})

test('every_snippet_holds_the_origin_with_its_scheme_and_the_token', () => {
  for (const { name, text } of snippets('https://replay.example.com', 'phc_abc')) {
    assert.ok(text.includes('https://replay.example.com') && text.includes('phc_abc'), name)
  }
})
