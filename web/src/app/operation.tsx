// One call of the API, or one shape that it speaks of.

import type { Operation, Schema } from '../format/openapi'

export function OperationCard({ operation }: { operation: Operation }) {
  const { parameters, body, answers } = operation
  return (
    <details class="operation" id={operation.id}>
      <summary>
        <code class={`method is-${operation.method.toLowerCase()}`}>{operation.method}</code>
        <code class="path">{operation.path}</code>
        <span class="summary">
          <Words text={operation.summary} />
        </span>
      </summary>
      <div class="operation-body">
        {operation.description && operation.description !== operation.summary && (
          <p>
            <Words text={operation.description} />
          </p>
        )}
        {parameters.length > 0 && (
          <Rows
            title="Parameters"
            rows={parameters.map((parameter) => ({
              name: parameter.name,
              type: `${parameter.type}, in the ${parameter.place}`,
              required: parameter.required,
              text: parameter.description,
            }))}
          />
        )}
        {body && (
          <p class="operation-line">
            <b>Body</b> <Type name={body} />
          </p>
        )}
        <Rows
          title="Answers"
          rows={answers.map(({ status, type, description }) => ({ name: status, type, required: false, text: description }))}
        />
      </div>
    </details>
  )
}

export function SchemaCard({ schema }: { schema: Schema }) {
  return (
    <details class="operation" id={`schema-${schema.name}`}>
      <summary>
        <code class="path">{schema.name}</code>
        <span class="summary">{schema.description}</span>
      </summary>
      <div class="operation-body">
        <Rows
          title="Members"
          rows={schema.members.map(({ name, type, required, description }) => ({ name, type, required, text: description }))}
        />
      </div>
    </details>
  )
}

interface Row {
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly text: string
}

function Rows({ title, rows }: { title: string; rows: readonly Row[] }) {
  if (rows.length === 0) return null
  return (
    <table>
      <caption>{title}</caption>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <th scope="row">
              <code>{row.name}</code>
              {row.required && <span class="required"> required</span>}
            </th>
            <td>{row.type && <Type name={row.type} />}</td>
            <td>
              <Words text={row.text} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Text with `code` in it. */
function Words({ text }: { text: string }) {
  return <>{text.split('`').map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part))}</>
}

/** A shape that is described on this page is a link to it. */
function Type({ name }: { name: string }) {
  const shape = /^([A-Z]\w*)(\[\])?$/.exec(name)?.[1]
  return shape === undefined ? <span class="type">{name}</span> : <a href={`#schema-${shape}`}>{name}</a>
}
