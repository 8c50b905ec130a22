// The command is given to a real shell, with a `curl` that writes down its arguments.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { curlOf } from '../../src/format/curl'
import { detailOfRequest, type RequestDetail } from '../../src/format/details'

const request = (url: string, more: object = {}): RequestDetail => detailOfRequest({ initiatorType: 'fetch', ...more }, url)

function argumentsOf(command: string): string[] {
  const script = `curl() { for word in "$@"; do printf '%s\\0' "$word"; done; }\n${command}\n`
  return execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1)
}

test('a_plain_request_is_a_plain_command', () => {
  assert.equal(curlOf(request('https://shop.test/api')), 'curl https://shop.test/api')
})

test('whatever_stands_in_it_reaches_curl_as_it_is', () => {
  const nasty = `it's "$HOME" \`id\` $(id) \\ ; & | > * ? ! # ~ {a,b} \n new line \t tab é 😀`
  const url = `https://shop.test/a?q=${nasty.replaceAll('\n', '')}&b[]=1`
  const detail = request(url, { method: 'PATCH', requestHeaders: { 'x-note': nasty.replaceAll('\n', ' '), 'x-empty': '', 'content-length': '4', host: 'shop.test' }, requestBody: nasty })
  assert.deepEqual(argumentsOf(curlOf(detail)), [
    url, '--globoff', '-X', 'PATCH', '-H', `x-note: ${nasty.replaceAll('\n', ' ')}`, '-H', 'x-empty;', '--data-raw', nasty,
  ])
})

test('the_method_is_said_only_where_curl_would_take_another', () => {
  assert.deepEqual(argumentsOf(curlOf(request('https://a.test/', { method: 'POST', requestBody: '{"a":1}' }))), ['https://a.test/', '--data-raw', '{"a":1}'])
  assert.deepEqual(argumentsOf(curlOf(request('https://a.test/', { method: 'POST' }))), ['https://a.test/', '-X', 'POST'])
  assert.deepEqual(argumentsOf(curlOf(request('https://a.test/', { method: 'GET', requestBody: 'x' }))), ['https://a.test/', '-X', 'GET', '--data-raw', 'x'])
  assert.deepEqual(argumentsOf(curlOf(request('https://a.test/', { method: 'HEAD' }))), ['https://a.test/', '--head'])
})

test('a_body_that_begins_with_an_at_sign_names_no_file_and_a_nul_is_left_out', () => {
  assert.deepEqual(argumentsOf(curlOf(request('https://a.test/', { method: 'POST', requestBody: '@/etc/passwd\0' }))), ['https://a.test/', '--data-raw', '@/etc/passwd'])
})

test('an_address_cannot_become_an_option_or_a_second_command', () => {
  const method = "X'; touch pwned; '"
  const words = argumentsOf(curlOf(request("https://a.test/';touch pwned;'", { method })))
  assert.deepEqual(words, ["https://a.test/';touch pwned;'", '-X', method.toUpperCase()])
})
