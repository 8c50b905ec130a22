// How a page or an app records here: what to paste, with this server's address and the project's token in it.

import type { Me, ProjectInfo } from '../../format/settings'
import { snippets, type Snippet } from '../snippets'
import { Block, CopyButton, CopyLine } from './form'

const HERE = ['localhost', '127.0.0.1', '[::1]']

export function InstallPart({ project }: { me: Me; project: ProjectInfo }) {
  const { origin, hostname, protocol } = location
  return (
    <>
      <Block title="What an SDK needs" lead="Every SDK of PostHog works without a change of code. It needs these two.">
        <CopyLine label="Host" text={origin} />
        <CopyLine label="Project token" text={project.token} />
        {HERE.includes(hostname) && (
          <p>
            This is the address of your own machine. Open this page by the address that your visitors reach, and the lines below
            have it.
          </p>
        )}
        {protocol === 'http:' && !HERE.includes(hostname) && (
          <p>Pages that are opened by https do not send to a server that is reached by http. Put a proxy with a certificate in front.</p>
        )}
      </Block>
      <Block title="Lines to paste">
        {snippets(origin, project.token).map((snippet) => (
          <SnippetView key={snippet.name} snippet={snippet} />
        ))}
      </Block>
      <Block title="If nothing arrives">
        <p>
          <a href={`/settings/health?project=${project.id}`}>Health of ingestion</a> says what came, and what was refused and why.
          A page with a content security policy has to allow <code>{origin}</code> in <code>script-src</code> and{' '}
          <code>connect-src</code>. A page that nobody touches sends nothing until it is closed.
        </p>
      </Block>
    </>
  )
}

function SnippetView({ snippet }: { snippet: Snippet }) {
  return (
    <div class="settings-snippet">
      <div class="settings-snippet-head">
        <div>
          <h4>{snippet.name}</h4>
          <p class="hint">{snippet.place}</p>
        </div>
        <CopyButton text={snippet.text} label={`Copy for ${snippet.name}`} />
      </div>
      <pre tabIndex={0} role="group" aria-label={snippet.name}>
        <code>{snippet.text}</code>
      </pre>
    </div>
  )
}
