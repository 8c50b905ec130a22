import { useCallback, useEffect, useState } from 'preact/hooks'

/** Copies, and says so for a moment. */
export function useClipboard(): readonly [copied: boolean, copy: (text: string) => void] {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1500)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = useCallback((text: string): void => void copyText(text).then(setCopied), [])
  return [copied, copy]
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // Plain http on a foreign host has no clipboard API.
    const area = document.createElement('textarea')
    area.value = text
    area.style.position = 'fixed'
    // What is outside of an open dialog takes no focus.
    const place = document.querySelector('dialog:modal') ?? document.body
    place.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    return done
  }
}
