// The list with nothing in it yet: how to get the first recording.

import type { Account } from '../format/listing'
import { Icon } from '../ui/icons'
import { useClipboard } from '../ui/use-clipboard'
import { scriptSnippet } from './snippets'

export function FirstSteps({ account, title = 'No recordings yet' }: { account: Account; title?: string }) {
  const snippet = scriptSnippet(location.origin, account.token)
  const [copied, copy] = useClipboard()
  return (
    <div class="first-steps card">
      <h1>{title}</h1>
      <p>
        Add this to a page, then use the page for a moment. The recording appears here by itself, while it is still
        going on.
      </p>
      <div class="snippet">
        <pre tabIndex={0}>
          <code>{snippet}</code>
        </pre>
        <button type="button" class="button" onClick={() => copy(snippet)}>
          <Icon name={copied ? 'check' : 'copy'} /> {copied ? 'Copied' : 'Copy'}
        </button>
      </div>
      <p>
        Do you use posthog-js already? Set <code>api_host</code> to <code>{location.origin}</code> and the token to{' '}
        <code>{account.token}</code>.
      </p>
      {account.demo && (
        <p class="demo-invitation">
          <a class="button is-primary" href="/demo/" target="_blank" rel="noopener">
            Open the demo shop
          </a>
          <span>Click around in it and watch your own visit.</span>
        </p>
      )}
    </div>
  )
}
