import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chainOf, NodeHistory, type HistoryEvent } from '../../src/format/node-history'

const text = (id: number, textContent: string) => ({ type: 3, id, textContent })
const element = (id: number, tagName: string, attributes: object = {}, childNodes: object[] = []) => ({ type: 2, id, tagName, attributes, childNodes })
const page = (body: object[]) => ({ type: 2, data: { node: { type: 0, id: 1, childNodes: [element(2, 'html', {}, [element(3, 'body', {}, body)])] } } })
const mutation = (data: object) => ({ type: 3, data: { source: 0, texts: [], attributes: [], removes: [], adds: [], ...data } })
const mouse = (type: number, id: number) => ({ type: 3, data: { source: 2, type, id } })
const add = (parentId: number, node: object) => ({ parentId, nextId: null, node })

function historyOf(node: number, chain: string[], events: object[]): HistoryEvent[] {
  const history = new NodeHistory({ windowId: 'w', node, chain: chainOf(chain) })
  return events.flatMap((event) => history.read({ ...event }))
}

test('it_appears_with_its_attributes_is_changed_and_removed', () => {
  const steps = historyOf(10, ['button', 'body', 'html'], [
    page([]),
    // rrweb gives the child before its parent has a place, and says the attributes as they are at that moment.
    mutation({ adds: [add(10, text(11, 'Add')), add(3, element(10, 'button', { class: 'a', rr_width: '5px' }))] }),
    mutation({ attributes: [{ id: 10, attributes: { class: 'b', disabled: '', rr_note: '1' } }] }),
    mutation({ texts: [{ id: 11, value: 'Added' }] }),
    mutation({ attributes: [{ id: 10, attributes: { disabled: null } }, { id: 3, attributes: { class: 'not its' } }] }),
    mutation({ removes: [{ id: 10, parentId: 3 }] }),
    mouse(2, 10),
  ])
  assert.deepEqual(steps, [
    { kind: 'appeared', attributes: { class: 'a', rr_width: '5px' } },
    { kind: 'attribute', name: 'class', before: 'a', after: 'b' },
    { kind: 'attribute', name: 'disabled', before: undefined, after: '' },
    { kind: 'text', before: 'Add', after: 'Added' },
    { kind: 'attribute', name: 'disabled', before: '', after: undefined },
    { kind: 'removed' },
  ])
})

test('it_goes_with_what_is_above_it_and_comes_back_with_it', () => {
  const inner = element(12, 'b', {}, [])
  const steps = historyOf(12, ['b', 'p', 'body', 'html'], [
    page([element(11, 'p', {}, [inner])]),
    mutation({ removes: [{ id: 11, parentId: 3 }] }),
    mutation({ adds: [add(3, element(11, 'p')), add(11, inner)] }),
    // Moved within one change: it never went.
    mutation({ removes: [{ id: 11, parentId: 3 }], adds: [add(3, element(11, 'p')), add(11, inner)] }),
  ])
  assert.deepEqual(steps.map(({ kind }) => kind), ['present', 'removed', 'appeared'])
})

test('a_click_on_something_in_it_is_a_click_on_it_and_focus_is_its_own', () => {
  const steps = historyOf(10, ['button', 'body', 'html'], [
    page([element(10, 'button', {}, [element(11, 'span')]), element(12, 'i')]), mouse(2, 11), mouse(2, 12), mouse(4, 10), mouse(3, 10), mouse(5, 11), mouse(5, 10), mouse(6, 10), mouse(9, 11), mouse(1, 10),
  ])
  assert.deepEqual(steps.slice(1).map((step) => step.kind === 'used' && step.how), ['clicked', 'double-clicked', 'right-clicked', 'focused', 'left', 'tapped'])
})

test('what_was_masked_is_told_masked', () => {
  const input = (more: object) => ({ type: 3, data: { source: 5, id: 10, ...more } })
  const steps = historyOf(10, ['input', 'body', 'html'], [page([element(10, 'input', { value: '****' })]), input({ text: '*****', isChecked: false }), input({ text: 'on', isChecked: true }), input({ text: 'x', id: 11 })])
  assert.deepEqual(steps, [{ kind: 'present', attributes: { value: '****' } }, { kind: 'typed', text: '*****' }, { kind: 'typed', text: 'checked' }])
})

test('after_a_reload_the_same_number_is_another_element', () => {
  const steps = historyOf(10, ['button', 'body', 'html'], [
    page([element(10, 'button')]), page([element(10, 'button', { class: 'x' })]), page([element(10, 'div')]), mouse(2, 10), page([element(9, 'div', {}, [element(10, 'button')])]), mouse(2, 10), page([element(10, 'button')]), mouse(2, 10),
  ])
  assert.deepEqual(steps.map((step) => (step.kind === 'attribute' ? step.name : step.kind)), ['present', 'class', 'absent', 'present', 'used'])
})

test('hostile_events_are_read_and_tell_nothing', () => {
  const ring = mutation({ adds: [add(11, element(10, 'button')), add(10, element(11, 'p'))] })
  const odd = [{ type: 3 }, { type: 3, data: null }, mutation({ adds: 'x', removes: 7, attributes: [null, { id: 10 }], texts: {} }), { type: 2, data: { node: 'x' } }, ring, mutation({ adds: [add(0, element(10, 'button'))] })]
  assert.deepEqual(historyOf(10, ['button', 'body', 'html'], odd), [])
})

test('an_element_that_is_changed_without_end_is_listed_up_to_a_limit', () => {
  const history = new NodeHistory({ windowId: 'w', node: 10, chain: 'p<body<html' })
  let count = history.read(page([element(10, 'p', { style: '' })])).length
  for (let index = 0; index < 20_000; index++) count += history.read(mutation({ attributes: [{ id: 10, attributes: { style: { top: `${index}px` } } }] })).length
  assert.equal(count, 5000)
})
