// Notices: what is missing in this recording, and why. Where one is about a stretch of time, it leads there.

import type { Player } from '../player/player'
import type { Notice } from '../timeline/notices'
import { clockTime } from '../ui/times'
import { ReadOn } from './read-on'
import { usePlayerChanges } from './use-player'

export function NoticesPanel({ player, notices }: { player: Player; notices: readonly Notice[] }) {
  usePlayerChanges(player)
  if (notices.length === 0) {
    return (
      <>
        <ReadOn player={player} />
        <p class="nothing">{player.recording?.isRead === true ? 'Nothing is known to be missing in this recording.' : 'Nothing is missing in what was read of this recording so far.'}</p>
      </>
    )
  }
  return (
    <>
      <ReadOn player={player} />
      <ul class="notice-list" aria-label="Notices">
        {notices.map((notice, place) => (
          <NoticeItem key={place} notice={notice} player={player} />
        ))}
      </ul>
    </>
  )
}

function NoticeItem({ notice, player }: { notice: Notice; player: Player }) {
  const { title, text, count, from, to, examples, isGap, isStretch } = notice
  return (
    <li class={isGap ? 'notice is-gap' : 'notice'}>
      <h2>
        {title} {count > 1 && <span class="count">{count}</span>}
      </h2>
      <p>{text}</p>
      {examples.length > 0 && (
        <ul class="notice-examples">
          {examples.map((example) => (
            <li key={example} title={example}>
              {example}
            </li>
          ))}
          {count > examples.length && <li class="hint">and {count - examples.length} more</li>}
        </ul>
      )}
      {isStretch && (
        <button type="button" class="notice-time" onClick={() => void player.jump(Math.max(0, from))}>
          {to > from ? `${clockTime(from)} to ${clockTime(to)}` : `at ${clockTime(from)}`}
        </button>
      )}
    </li>
  )
}
