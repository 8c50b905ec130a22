// The settings: what is shown, what is sent, what is asked before something goes for good, and what one is told who may not.

import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { eventually, open, shared } from '../support/pages.mjs'
import { ADMIN, installSettings, RECORDING } from '../support/settings.mjs'

afterEach(() => {
  shared.server.state.answers = {}
  shared.server.state.requests.length = 0
})

const REFUSED = (text) => text.includes('the server responded with a status of 4')

test('each_part_of_the_settings_has_an_address_and_one_goes_between_them_without_loading', async () => {
  installSettings()
  const { page, done } = await open('/settings')
  await page.getByRole('heading', { name: 'Project', exact: true, level: 2 }).waitFor()
  await page.evaluate(() => (window.isTheSamePage = true))
  for (const [name, address] of [['Installation', 'install'], ['What is recorded', 'recording'], ['Retention', 'retention'], ['Storage', 'storage'], ['Health of ingestion', 'health'], ['API keys', 'keys'], ['Users', 'users']]) {
    await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name }).click()
    await page.getByRole('heading', { name, exact: true, level: 2 }).first().waitFor()
    await page.waitForURL((url) => url.pathname === `/settings/${address}`)
    await eventually(async () => assert.equal(await page.title(), `${name} · Cassette`))
  }
  await page.goBack()
  await page.getByRole('heading', { name: 'API keys', exact: true, level: 2 }).first().waitFor()
  assert.equal(await page.evaluate(() => window.isTheSamePage), true)
  await eventually(async () => assert.equal(await page.locator('.settings-side [aria-current=page]').innerText(), 'API keys'))
  await page.getByLabel('Project', { exact: true }).selectOption('Second shop')
  await page.waitForURL((url) => url.search === '?project=2')
  await page.goto(`${shared.server.origin}/settings/nothing`)
  await page.getByText('There is no such part of the settings').waitFor()
  await page.goto(`${shared.server.origin}/settings/project?project=9`)
  await page.getByText('There is no such project, or you do not see it.').waitFor()
  await done()
})

test('a_project_is_renamed_and_what_is_wrong_stands_beside_the_field', async () => {
  const { sent } = installSettings()
  const { page, done } = await open('/settings/project', { allow: REFUSED })
  const field = page.getByLabel('Name of the project')
  await field.fill('bad')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('.field-error').getByText('Expected a name of 1 to 200 characters, got 0.').waitFor()
  assert.equal(await field.getAttribute('aria-invalid'), 'true')
  const described = await field.getAttribute('aria-describedby')
  assert.match(await page.locator(`#${described.split(' ')[0]}`).innerText(), /Expected a name/)
  await field.fill('Shop')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('The name is saved.').waitFor()
  assert.deepEqual(sent, [['PATCH project', { name: 'bad' }], ['PATCH project', { name: 'Shop' }]])
  await eventually(async () => assert.ok(await page.getByRole('button', { name: 'Save' }).isDisabled(), 'nothing is unsaved'))
  await done()
})

test('another_token_is_asked_for_by_the_name_of_the_project_where_pages_would_stop_at_once', async () => {
  const { sent } = installSettings()
  const { page, done } = await open('/settings/project')
  await page.getByLabel('The present token ends').selectOption('At once')
  await page.getByRole('button', { name: 'Make another token…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Another token for Default?' })
  const go = dialog.getByRole('button', { name: 'Make another token' })
  assert.ok(await go.isDisabled())
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  assert.deepEqual(sent, [])
  await page.getByRole('button', { name: 'Make another token…' }).click()
  await dialog.getByLabel('Type Default to go on').fill('Default')
  await go.click()
  await page.getByText('The project has another token.').waitFor()
  assert.equal(await page.getByLabel('Token', { exact: true }).inputValue(), 'phc_another')
  await page.getByText('Earlier tokens that are still good').waitFor()
  assert.deepEqual(sent, [['POST reset_token', '?grace_hours=0']])
  await done()
})

test('presets_of_masking_are_sent_as_they_are_named_and_a_wrong_selector_is_not_sent', async () => {
  const { sent } = installSettings()
  const { page, done } = await open('/settings/recording')
  const save = page.getByRole('button', { name: 'Save' })
  await page.getByRole('radio', { name: /Everything masked/ }).check()
  await save.click()
  await page.getByText('Saved. Pages hear of it within a minute.').waitFor()
  assert.deepEqual(sent.pop(), ['PATCH project', { recording_settings: { ...RECORDING, masking: 'text_and_inputs' } }])
  await page.getByRole('radio', { name: /Custom/ }).check()
  await page.getByLabel('Mask the text of these elements').fill('.address[')
  await page.getByText('This is no CSS selector.').waitFor()
  assert.ok(await save.isDisabled())
  await page.getByLabel('Mask the text of these elements').fill(' .address, [data-private] ')
  await page.getByLabel('Start on these pages').fill('/checkout/(')
  await page.getByText('“/checkout/(” is no regular expression.').waitFor()
  await page.getByLabel('Start on these pages').fill('/checkout/.*\n\n/cart')
  await page.getByLabel('Visits that are recorded, in per cent').fill('101')
  await page.getByText('Expected a number from 0 to 100.').waitFor()
  await page.getByLabel('Visits that are recorded, in per cent').fill('12.5')
  await save.click()
  await page.getByText('Saved. Pages hear of it within a minute.').waitFor()
  const custom = { inputs: true, text_selector: '.address, [data-private]', block_selector: null, attributes: false }
  const expected = { ...RECORDING, masking: { custom }, url_triggers: ['/checkout/.*', '/cart'], sample_rate: 0.125 }
  assert.deepEqual(sent, [['PATCH project', { recording_settings: expected }]])
  await done()
})

test('a_shorter_retention_says_how_much_it_deletes_and_asks_for_the_name_of_the_project', async () => {
  const { sent } = installSettings()
  const { page, done } = await open('/settings/retention')
  await page.getByRole('radio', { name: 'Deleted when they are older than' }).check()
  await page.getByText('No recording is that old now.').waitFor()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved. Recordings are kept for 90 days.').waitFor()
  assert.deepEqual(sent, [['PATCH project', { retention_days: 90 }]])
  await page.getByLabel('Days').fill('30')
  await page.getByText('12 recordings (3.4 MB) are older than that and will be deleted.').waitFor()
  await page.getByRole('button', { name: 'Save' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete 12 recordings of Default?' })
  assert.equal(sent.length, 1, 'nothing is sent before it is answered')
  await dialog.getByLabel('Type Default to go on').fill('Default')
  await dialog.getByRole('button', { name: 'Delete 12 recordings' }).click()
  await page.getByText('Saved. Recordings are kept for 30 days.').waitFor()
  await page.getByLabel('Days').fill('0')
  await page.getByText('Expected a whole number of days from 1 to 36500.').waitFor()
  assert.ok(await page.getByRole('button', { name: 'Save' }).isDisabled())
  await page.getByRole('radio', { name: 'Kept for ever' }).check()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved. Recordings are kept for ever.').waitFor()
  assert.deepEqual(sent.at(-1), ['PATCH project', { retention_days: null }])
  await done()
})

test('a_key_is_shown_once_and_taken_back_by_its_name', async () => {
  const { sent } = installSettings()
  const { page, done } = await open('/settings/keys')
  await page.getByLabel('What it is for').fill('Notebook')
  await page.getByRole('button', { name: 'Make the key' }).click()
  const secret = page.getByRole('textbox', { name: 'The key Notebook.' })
  await eventually(async () => assert.equal(await secret.inputValue(), 'phx_the-secret-of-the-key'))
  const [[, body]] = sent
  assert.deepEqual([body.label, body.scoped_teams], ['Notebook', []])
  assert.ok(body.scopes.includes('session_recording:read') && !body.scopes.some((scope) => scope.endsWith(':write')), `${body.scopes}`)
  await page.getByRole('button', { name: 'I have put it away' }).click()
  await eventually(async () => assert.equal(await page.getByText('phx_the-secret').count() + (await page.locator('input[value*=secret]').count()), 0))
  await page.locator('li', { hasText: 'Nightly export' }).getByRole('button', { name: 'Take back…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Take back Nightly export?' })
  await dialog.getByRole('button', { name: 'Take back' }).click()
  await page.locator('li', { hasText: 'Nightly export' }).waitFor({ state: 'detached' })
  assert.equal(sent.at(-1)[0], 'DELETE key')
  await done()
})

test('users_are_made_and_changed_and_a_refusal_stands_beside_its_field', async () => {
  const { sent } = installSettings()
  const { page, done } = await open('/settings/users', { allow: REFUSED })
  await page.getByLabel('E-mail address').fill('ann@example.com')
  await page.getByRole('button', { name: 'Make the user' }).click()
  await page.locator('.field-error').getByText('there is a user with that address already').waitFor()
  await page.getByLabel('E-mail address').fill('bob@example.com')
  await page.getByRole('radio', { name: /Viewer/ }).last().check()
  await page.getByLabel('May watch recordings').last().uncheck()
  await page.getByRole('button', { name: 'Make the user' }).click()
  await page.getByText('bob@example.com can log in.').waitFor()
  assert.deepEqual(sent.at(-1)[1], { email: 'bob@example.com', first_name: '', role: 'viewer', may_list: true, may_watch: false })
  const row = page.locator('li', { hasText: 'ann@example.com' })
  await row.getByText('Change', { exact: true }).click()
  await row.getByLabel('May watch recordings').check()
  await row.getByRole('button', { name: 'Save' }).click()
  await row.getByText('Saved.').waitFor()
  assert.deepEqual(sent.at(-1), ['PATCH user', { first_name: 'Ann', role: 'member', projects: [1], may_list: true, may_watch: true }])
  await done()
})

test('who_may_not_change_something_sees_why', async () => {
  installSettings({ user: { ...ADMIN, id: 'u1', email: 'ann@example.com', role: 'member' }, scopes: ['project:read', 'session_recording:read', 'personal_api_key:read', 'personal_api_key:write'] })
  const { page, done } = await open('/settings/project')
  const why = (what, scope) => `${what} You are logged in as ann@example.com with the role member; what is missing is ${scope}.`
  await page.getByText(why('Only administrators change projects.', 'project:write')).waitFor()
  assert.ok(await page.getByLabel('Name of the project').isDisabled())
  assert.equal(await page.getByRole('button', { name: 'Make another token…' }).count(), 0)
  await page.goto(`${shared.server.origin}/settings/recording`)
  await page.getByText(why('Only administrators change what is recorded.', 'project:write')).waitFor()
  assert.equal(await page.locator('main input:enabled, main textarea:enabled').count(), 0)
  await page.goto(`${shared.server.origin}/settings/retention`)
  await page.getByText(why('Only administrators change the retention.', 'project:write')).waitFor()
  await page.goto(`${shared.server.origin}/settings/users`)
  await page.getByText(why('Only administrators see who the users are.', 'user:read')).waitFor()
  assert.equal(shared.server.state.requests.filter((call) => call === 'GET /api/users').length, 0)
  await done()
})

test('the_snippet_holds_the_address_by_which_the_page_was_opened_and_the_token', async () => {
  installSettings()
  const { page, done } = await open('/settings/install?project=2')
  const { origin } = shared.server
  for (const name of ['Web page', 'JavaScript package', 'iOS', 'Android', 'React Native', 'Flutter']) {
    await eventually(async () => {
      const text = await page.getByLabel(name, { exact: true }).innerText()
      assert.ok(text.includes(origin) && text.includes('phc_second'), `${name}: ${text}`)
    })
  }
  assert.ok((await page.getByLabel('Web page', { exact: true }).innerText()).includes(`<script src="${origin}/static/array.js">`))
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'Copy for Web page' }).click()
  await eventually(async () => assert.match(await page.evaluate(() => navigator.clipboard.readText()), /posthog\.init\('phc_second'/))
  await done()
})

test('storage_and_health_say_what_there_is_in_words', async () => {
  installSettings()
  const { page, done } = await open('/settings/storage')
  await page.getByText('12,345').waitFor()
  await page.getByText('1.2 GB').waitFor()
  await page.getByText('41.0 GB of 100.0 GB are free. Below 268.4 MB no data is taken any more.').waitFor()
  await page.getByRole('button', { name: '90 days' }).click()
  await page.waitForFunction(() => document.querySelectorAll('.settings-days i').length === 90)
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Health of ingestion' }).click()
  await page.getByText('Data came in 3 min ago.').waitFor()
  const card = page.locator('.settings-refusals li', { hasText: 'The session id is not one' })
  assert.match(await card.innerText(), /use only letters, digits and hyphens[\s\S]*Set aside in the quarantine[\s\S]*31[\s\S]*legacy\.shop\.example[\s\S]*web 1\.297\.2/)
  await page.getByText('phc_oLd1…').waitFor()
  await page.getByText('No space left on device').waitFor()
  await done()
})

test('an_answer_that_fails_says_so_and_can_be_asked_for_again', async () => {
  installSettings()
  const { answers } = shared.server.state
  const good = answers['GET /api/projects/1/ingestion_health']
  answers['GET /api/projects/1/ingestion_health'] = [503, { type: 'server_error', code: 'error', detail: 'The catalog does not answer.', attr: null }]
  const { page, done } = await open('/settings/health', { allow: (text) => text.includes('status of 503') })
  await page.getByText('Cannot show the health of ingestion: The catalog does not answer.').waitFor()
  answers['GET /api/projects/1/ingestion_health'] = good
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('Data came in 3 min ago.').waitFor()
  await done()
})

test('whoever_is_not_logged_in_is_asked_to', async () => {
  installSettings()
  shared.server.state.answers['GET /api/me'] = [401, { type: 'authentication_error', code: 'not_authenticated', detail: 'Authentication credentials were not provided.', attr: null }]
  const { page, done } = await open('/settings', { allow: REFUSED })
  await page.getByRole('heading', { name: 'Log in to Cassette' }).waitFor()
  await done()
})
