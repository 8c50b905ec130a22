// Comments: what people say of this recording, of its moments, and to each other.

import { useRef, useState } from 'preact/hooks'
import { partsOf, threadsOf, type Comment, type Thread } from '../format/comment'
import { messageOf } from '../format/failures'
import type { Account } from '../format/listing'
import type { Player } from '../player/player'
import type { Panel } from '../replay/panels'
import { usePlayerChanges } from '../replay/use-player'
import { Avatar } from '../ui/person'
import { clockTime, exactTime, relativeTime } from '../ui/times'
import { useFocusBack } from '../ui/use-focus-back'
import { NO_DRAFT, type Comments, type Draft } from './use-comments'

/** As the server takes them. */
const LONGEST = 20_000

export function commentsPanel(comments: Comments, account: Account | undefined): Panel {
  const { state } = comments
  return {
    name: 'Comments',
    isForShares: false,
    shortcut: { key: 'm', does: 'Comment on this moment' },
    count: () => (state.kind === 'known' ? state.comments.length : 0),
    render: ({ player, facts }) => <CommentsPanel comments={comments} account={account} player={player} startedAt={facts?.start} />,
  }
}

interface Props {
  readonly comments: Comments
  readonly account: Account | undefined
  readonly player: Player
  /** Undefined until it is known. */
  readonly startedAt: number | undefined
}

function CommentsPanel({ comments, account, player, startedAt }: Props) {
  const { state, load, draft } = comments
  usePlayerChanges(player)
  if (startedAt === undefined || state.kind === 'loading') return <p class="nothing">Loading…</p>
  if (state.kind === 'failed') {
    return (
      <div class="nothing" role="alert">
        <p>The comments could not be loaded. {state.why}</p>
        <button type="button" class="button is-small" onClick={load}>
          Try again
        </button>
      </div>
    )
  }
  const threads = threadsOf(state.comments)
  const context = { comments, player, startedAt, userId: account?.userId, mayWrite: account?.scopes.includes('comment:write') === true }
  const send = ({ text, moment }: Draft): Promise<void> => comments.add({ text, at: moment === undefined ? undefined : startedAt + moment })
  return (
    <section class="comments" aria-label="Comments">
      {threads.length === 0 && <p class="nothing">Nobody has said anything about this recording yet.</p>}
      <ol class="comment-list">
        {threads.map((thread) => (
          <ThreadItem key={thread.comment.id} thread={thread} {...context} />
        ))}
      </ol>
      {context.mayWrite ? (
        <Composer label="Comment" placeholder="Say something. A time such as 1:23 becomes a link." act="Comment" player={player} kept={draft} onSend={send} />
      ) : (
        account && <p class="comment-foot hint">You may read comments here, and not write any.</p>
      )}
    </section>
  )
}

interface Context {
  readonly comments: Comments
  readonly player: Player
  readonly startedAt: number
  readonly userId: string | undefined
  readonly mayWrite: boolean
}

function ThreadItem({ thread: { comment, answers }, ...context }: Context & { thread: Thread }) {
  const [isAnswering, setAnswering] = useState(false)
  const answerButton = useFocusBack(isAnswering ? 'answer' : undefined)('answer')
  const { comments, mayWrite } = context
  return (
    <li>
      <CommentItem comment={comment} {...context} onAnswer={mayWrite && comment.answers === undefined ? () => setAnswering(true) : undefined} answerButton={answerButton} />
      {answers.length > 0 && (
        <ol class="comment-answers" aria-label="Answers">
          {answers.map((answer) => (
            <li key={answer.id}>
              <CommentItem comment={answer} {...context} />
            </li>
          ))}
        </ol>
      )}
      {isAnswering && (
        <Composer
          label={`Answer to ${comment.author.name}`}
          act="Answer"
          isFocused
          onCancel={() => setAnswering(false)}
          onSend={async ({ text }) => {
            await comments.add({ text, answers: comment.id })
            setAnswering(false)
          }}
        />
      )}
    </li>
  )
}

type Doing = 'nothing' | 'editing' | 'asking'

interface ItemProps extends Context {
  readonly comment: Comment
  readonly onAnswer?: (() => void) | undefined
  readonly answerButton?: (element: HTMLElement | null) => void
}

function CommentItem({ comment, comments, player, startedAt, userId, mayWrite, onAnswer, answerButton }: ItemProps) {
  const [doing, setDoing] = useState<Doing>('nothing')
  const buttonOf = useFocusBack(doing === 'nothing' ? undefined : doing)
  const [trouble, setTrouble] = useState<string>()
  const { id, author, at, text, createdAt, isEdited } = comment
  const moment = at === undefined ? undefined : Math.max(0, at - startedAt)
  const remove = (): void =>
    void comments.remove(id).catch((error: unknown) => {
      setDoing('nothing')
      setTrouble(messageOf(error))
    })
  if (doing === 'editing') {
    return (
      <Composer
        label="Change the comment"
        act="Save"
        isFocused
        initial={text}
        onCancel={() => setDoing('nothing')}
        onSend={async (changed) => {
          await comments.edit(id, changed.text)
          setDoing('nothing')
        }}
      />
    )
  }
  return (
    <article class="comment" aria-label={`Comment by ${author.name}`}>
      <header>
        <Avatar name={author.name} />
        <strong class="comment-author">{author.name}</strong>
        <span class="hint" title={exactTime(createdAt)}>
          {relativeTime(createdAt, Date.now())}
          {isEdited && ', changed'}
        </span>
        {moment !== undefined && (
          <button type="button" class="comment-moment" aria-label={`Go to ${clockTime(moment)}`} onClick={() => void player.jump(moment)}>
            {clockTime(moment)}
          </button>
        )}
      </header>
      <p class="comment-text">
        <Text text={text} player={player} />
      </p>
      {trouble !== undefined && (
        <p class="error-text" role="alert">
          {trouble}
        </p>
      )}
      {doing === 'asking' ? (
        <div class="comment-actions" role="group" aria-label="Delete this comment?">
          <span>Delete this comment?</span>
          <button type="button" class="link-button error-text" onClick={remove}>
            Delete
          </button>
          <button type="button" class="link-button" ref={focusOnce} onClick={() => setDoing('nothing')}>
            Keep
          </button>
        </div>
      ) : (
        <div class="comment-actions">
          {onAnswer && (
            <button type="button" class="link-button" {...(answerButton ? { ref: answerButton } : {})} onClick={onAnswer}>
              Answer
            </button>
          )}
          {mayWrite && author.id === userId && (
            <>
              <button type="button" class="link-button" ref={buttonOf('editing')} onClick={() => setDoing('editing')}>
                Change
              </button>
              <button type="button" class="link-button" ref={buttonOf('asking')} onClick={() => setDoing('asking')}>
                Delete
              </button>
            </>
          )}
        </div>
      )}
    </article>
  )
}

function Text({ text, player }: { text: string; player: Player }) {
  return (
    <>
      {partsOf(text, player.duration).map((part, place) =>
        part.kind === 'text' ? (
          part.text
        ) : (
          <button key={place} type="button" class="link-button" aria-label={`Go to ${part.text}`} onClick={() => void player.jump(part.ms)}>
            {part.text}
          </button>
        ),
      )}
    </>
  )
}

interface ComposerProps {
  readonly label: string
  readonly placeholder?: string
  readonly act: string
  readonly initial?: string
  readonly isFocused?: boolean
  /** Given where the comment may be about a moment. */
  readonly player?: Player
  /** Where what is not sent is kept. */
  readonly kept?: { current: Draft }
  readonly onSend: (draft: Draft) => Promise<void>
  readonly onCancel?: () => void
}

function Composer({ label, placeholder, act, initial = '', isFocused = false, player, kept, onSend, onCancel }: ComposerProps) {
  const [draft, setDraft] = useState<Draft>(kept?.current ?? { text: initial, moment: undefined })
  const [isMomentMeant, setMomentMeant] = useState(true)
  const [trouble, setTrouble] = useState<string>()
  const [busy, setBusy] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  const write = (next: Draft): void => {
    setDraft(next)
    if (kept) kept.current = next
  }
  const isEmpty = draft.text.trim() === ''
  const send = async (): Promise<void> => {
    if (isEmpty || busy) return
    setBusy(true)
    try {
      await onSend({ text: draft.text.trim(), moment: isMomentMeant ? draft.moment : undefined })
      write(NO_DRAFT)
      setTrouble(undefined)
      field.current?.blur()
    } catch (error) {
      setTrouble(messageOf(error))
    }
    setBusy(false)
  }
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      <textarea
        class="control"
        rows={player ? 2 : 3}
        aria-label={label}
        placeholder={placeholder}
        maxLength={LONGEST}
        ref={isFocused ? focusOnce : field}
        data-field={player ? '' : undefined}
        value={draft.text}
        onInput={({ currentTarget }) => write({ ...draft, text: currentTarget.value })}
        // The moment in which one began to write is meant, not that in which one is done.
        onFocus={() => player && isEmpty && write({ ...draft, moment: player.position })}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            event.stopPropagation()
            if (onCancel) onCancel()
            else event.currentTarget.blur()
          }
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            event.preventDefault()
            void send()
          }
        }}
      />
      {trouble !== undefined && (
        <p class="error-text" role="alert">
          {trouble}
        </p>
      )}
      <div class="composer-foot">
        {draft.moment !== undefined && (
          <button type="button" class="chip is-small" aria-pressed={isMomentMeant} onClick={() => setMomentMeant(!isMomentMeant)}>
            at {clockTime(draft.moment)}
          </button>
        )}
        {onCancel && (
          <button type="button" class="button is-small" onClick={onCancel}>
            Cancel
          </button>
        )}
        <button type="submit" class="button is-small is-primary" disabled={busy || isEmpty}>
          {act}
        </button>
      </div>
    </form>
  )
}

/** Focus goes to what was just opened. The same function each time, so that it is called once. */
function focusOnce(element: HTMLElement | null): void {
  element?.focus()
}
