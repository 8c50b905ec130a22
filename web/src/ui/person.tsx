// Who: a coloured initial and a name. The SDK's own made-up ids are said to be what they are.

const MADE_UP = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export function personName(name: string): string {
  if (name === '') return 'Unknown visitor'
  return MADE_UP.test(name) ? `Visitor ${name.slice(-5)}` : name
}

export function Avatar({ name }: { name: string }) {
  let hash = 0
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0
  const [initial = '?'] = MADE_UP.test(name) || name === '' ? ['·'] : name.toUpperCase()
  return (
    <span class="avatar" style={`--hue:${hash % 360}`} aria-hidden="true">
      {initial}
    </span>
  )
}
