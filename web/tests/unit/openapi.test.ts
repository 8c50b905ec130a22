import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDescription, typeName } from '../../src/format/openapi'

test('a_type_is_said_in_few_words', () => {
  for (const [schema, expected] of [
    [{ type: 'integer', format: 'int64' }, 'integer'],
    [{ type: ['string', 'null'] }, 'string or null'],
    [{ $ref: '#/components/schemas/Recording' }, 'Recording'],
    [{ type: 'array', items: { $ref: '#/components/schemas/Recording' } }, 'Recording[]'],
    [{ oneOf: [{ type: 'null' }, { $ref: '#/components/schemas/Person' }] }, 'null or Person'],
    [{ enum: ['a', 'b'] }, '"a" or "b"'],
    [{}, 'anything'],
    [undefined, 'anything'],
  ] as const) {
    assert.equal(typeName(schema), expected)
  }
})

test('operations_come_by_tag_and_path_and_what_is_odd_is_passed_over', () => {
  const read = readDescription({
    info: { version: '1' },
    paths: {
      '/b': { get: { tags: ['two'], summary: 'B' }, parameters: [] },
      '/a': { post: { tags: ['two'], requestBody: { content: { 'text/plain': {} } } }, get: 7 },
      '/c': { delete: { responses: { 204: { description: 'gone' } } } },
    },
  })
  assert.deepEqual(
    read.operations.map(({ id, tag, body }) => [id, tag, body]),
    [
      ['DELETE /c', 'other', undefined],
      ['POST /a', 'two', 'text/plain'],
      ['GET /b', 'two', undefined],
    ],
  )
  assert.deepEqual(read.operations[0]?.answers, [{ status: '204', description: 'gone', type: '' }])
  assert.deepEqual(readDescription(null).operations, [])
})
