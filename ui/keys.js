// Keys: checked by the server before they are kept, and never shown.

const me = new URL('../../../v1/me', import.meta.url)

/** What the server says against a credential; undefined when it accepts it. */
async function objectionTo({ value }) {
  const key = typeof value === 'object' ? value.password : value
  if (!key) return 'Enter a key.'
  try {
    const response = await fetch(me, { headers: { authorization: `Bearer ${key}` } })
    const { detail } = await response.json()
    return response.ok ? undefined : detail
  } catch (error) {
    return `The key was not checked: ${error.message}.`
  }
}

const noticeId = 'key-notice'
const hideNotice = () => document.getElementById(noticeId)?.remove()

/** Says above the page that the server does not accept the key, with a button that removes it. */
function showNotice({ authActions, authSelectors }, objection) {
  hideNotice()
  const notice = Object.assign(document.createElement('div'), { id: noticeId, role: 'alert' })
  const words = document.createElement('p')
  words.textContent = `The register does not accept the key in this browser: ${objection} Requests fail until the key is removed.`
  const button = Object.assign(document.createElement('button'), { type: 'button', textContent: 'Remove the key' })
  button.addEventListener('click', () => {
    authActions.logoutWithPersistOption(authSelectors.authorized().keySeq().toArray())
    document.querySelector('.auth-wrapper .authorize')?.focus()
  })
  notice.append(words, button)
  document.body.prepend(notice)
}

/** What was entered, without spaces around it, which come along when a key is copied. */
const entered = (credentials) =>
  Object.entries(credentials)
    .filter(([, credential]) => credential?.value)
    .map(([name, { value, ...rest }]) => [name, { ...rest, value: typeof value === 'string' ? value.trim() : value }])

const wrapActions = {
  /** Keeps only what the server accepts. */
  authorizeWithPersistOption:
    (keep, { errActions }) =>
    async (credentials) => {
      const entries = entered(credentials)
      const refuse = (authId, message) => errActions.newAuthErr({ authId, message, level: 'refused', source: 'key' })
      errActions.clear({ source: 'key' })
      if (entries.length === 0) refuse(Object.keys(credentials)[0] ?? 'bearer', 'Enter a key.')
      for (const [authId, credential] of entries) {
        const objection = await objectionTo(credential)
        if (objection !== undefined) refuse(authId, objection)
        else {
          hideNotice()
          keep({ [authId]: credential })
        }
      }
    },
  logoutWithPersistOption: (remove) => (names) => {
    hideNotice()
    remove(names)
  },
  /** Checks what the browser kept. */
  restoreAuthorization: (restore, system) => async (kept) => {
    restore(kept)
    const [first] = Object.values(kept.authorized ?? {})
    const objection = first && (await objectionTo(first))
    if (objection !== undefined) showNotice(system, objection)
  },
}

/** A key may also stop working while the page is open. */
const setResponse = (set, system) => (path, method, response) => {
  set(path, method, response)
  const shown = system.specSelectors.responseFor(path, method)
  if (shown?.get('status') !== 401 || system.authSelectors.authorized().size === 0) return
  const problem = JSON.parse(shown.get('text') ?? '{}')
  if (problem.code === 'credential_invalid') showNotice(system, problem.detail)
}

/** Whether a credential is sent: a public operation, which needs none, is not authorized without one. */
const isAuthorized =
  (_original, { authSelectors }) =>
  (_state, requirements) =>
    (requirements?.toJS() ?? []).some((requirement) => {
      const names = Object.keys(requirement)
      return names.length > 0 && names.every((name) => authSelectors.authorized().has(name))
    })

const sent = 'Authorized: a key is sent.'
const notSent = 'Not authorized: no key is sent.'

const wrapComponents = {
  authError:
    (_Original, { React }) =>
    ({ error }) =>
      React.createElement('p', { className: 'errors', role: 'alert' }, error.get('message')),
  authorizeBtn:
    (_Original, { React, getComponent }) =>
    ({ isAuthorized, showPopup, onClick }) => {
      const Icon = getComponent(isAuthorized ? 'LockAuthIcon' : 'UnlockAuthIcon', true)
      const className = `btn authorize ${isAuthorized ? 'locked' : 'unlocked'}`
      const word = isAuthorized ? 'Authorized' : 'Authorize'
      const title = isAuthorized ? sent : notSent
      return React.createElement(
        'div',
        { className: 'auth-wrapper' },
        React.createElement(
          'button',
          { type: 'button', className, onClick, title, 'aria-label': `${word}. ${title}`, 'aria-haspopup': 'dialog' },
          React.createElement('span', null, word),
          React.createElement(Icon),
        ),
        showPopup && React.createElement(getComponent('authorizationPopup', true)),
      )
    },
  authorizeOperationBtn:
    (_Original, { React, getComponent }) =>
    ({ isAuthorized, onClick }) => {
      const Icon = getComponent(isAuthorized ? 'LockAuthOperationIcon' : 'UnlockAuthOperationIcon', true)
      const title = isAuthorized ? sent : notSent
      const click = (event) => {
        event.stopPropagation()
        onClick?.()
      }
      return React.createElement(
        'button',
        { type: 'button', className: 'authorization__btn', onClick: click, title, 'aria-label': title },
        React.createElement(Icon, { className: isAuthorized ? 'locked' : 'unlocked' }),
      )
    },
  /** The command with a placeholder instead of the key. */
  curl:
    (Curl, { React }) =>
    ({ request, ...props }) => {
      const held = request.getIn(['headers', 'Authorization'])
      const shown = held ? request.setIn(['headers', 'Authorization'], `${held.split(' ')[0]} YOUR_KEY`) : request
      return React.createElement(Curl, { ...props, request: shown })
    },
}

export const keys = {
  statePlugins: { auth: { wrapActions, wrapSelectors: { isAuthorized } }, spec: { wrapActions: { setResponse } } },
  wrapComponents,
}
