// How large what is built is: a table, and whether everything is within its budget.

import { gzipSync } from 'node:zlib'

const files = []

/** `group` has a budget; `content` is what is sent. */
export function addSize(group, file, content) {
  files.push({ group, file, raw: Buffer.byteLength(content), gzip: gzipSync(content, { level: 9 }).length })
}

/** Answers whether all groups are within what `budgets` allows them. */
export function printSizes(budgets) {
  let isWithin = true
  for (const group of new Set(files.map((file) => file.group))) {
    const members = files.filter((file) => file.group === group).sort((a, b) => b.gzip - a.gzip)
    const sum = (key) => members.reduce((total, member) => total + member[key], 0)
    const isOver = sum('gzip') > budgets[group]
    isWithin &&= !isOver
    console.log(row(group, sum('raw'), sum('gzip'), `of ${kilobytes(budgets[group])}${isOver ? ': OVER ITS BUDGET' : ''}`))
    if (members.length > 1) for (const { file, raw, gzip } of members) console.log(row(`  ${file}`, raw, gzip, ''))
  }
  return isWithin
}

function row(name, raw, gzip, note) {
  return `${name.padEnd(34)}${kilobytes(raw).padStart(10)} ${kilobytes(gzip).padStart(10)} gzip ${note}`.trimEnd()
}

const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`
