// rrweb's replayer with the first picture of a recording, and nothing else.

import { Replayer } from 'posthog-js/rrweb'

const answer = await fetch(`${location.pathname}.ndjson`)
const lines = (await answer.text()).split('\n').filter((line) => line !== '')
const events = lines.flatMap((line) => JSON.parse(line).event ?? [])
new Replayer(events, { root: document.getElementById('replay'), mouseTail: false }).pause(0)
requestAnimationFrame(() => requestAnimationFrame(() => (window.bench.first = performance.now())))
