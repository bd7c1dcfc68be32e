/**
 * The script of pages with forms: it looks up names as one types. Everything works without it. It is a combobox with a
 * listbox, after the ARIA Authoring Practices.
 */
export const script = `'use strict'
for (const input of document.querySelectorAll('input[data-names]')) {
  const list = document.createElement('ul')
  list.id = input.id + '-list'
  list.className = 'found'
  list.hidden = true
  list.setAttribute('role', 'listbox')
  list.setAttribute('aria-label', 'Names in the registry')
  input.after(list)
  for (const [name, value] of [['role', 'combobox'], ['aria-autocomplete', 'list'], ['aria-expanded', 'false'], ['aria-controls', list.id]]) {
    input.setAttribute(name, value)
  }
  let wait, asked = ''
  const close = () => {
    clearTimeout(wait)
    asked = ''
    list.hidden = true
    input.setAttribute('aria-expanded', 'false')
    input.removeAttribute('aria-activedescendant')
  }
  const choose = (item) => {
    input.value = item.dataset.value
    close()
  }
  const mark = (item) => {
    for (const one of list.children) one.setAttribute('aria-selected', String(one === item))
    input.setAttribute('aria-activedescendant', item.id)
    item.scrollIntoView({ block: 'nearest' })
  }
  const show = (items) => {
    list.replaceChildren(...items.map(({ value, note }, i) => {
      const item = document.createElement('li')
      const small = document.createElement('span')
      item.id = list.id + '-' + i
      item.setAttribute('role', 'option')
      item.setAttribute('aria-selected', 'false')
      item.dataset.value = value
      small.textContent = note
      item.append(value, ' ', small)
      item.addEventListener('pointerdown', (event) => { event.preventDefault(); choose(item) })
      return item
    }))
    list.hidden = items.length === 0
    input.setAttribute('aria-expanded', String(items.length > 0))
    input.removeAttribute('aria-activedescendant')
  }
  const ask = async () => {
    const q = input.value.trim()
    if (q.length < 2) return close()
    asked = q
    const party = document.getElementById(input.dataset.party || '')
    const query = new URLSearchParams({ q })
    if (party && party.value.trim()) query.set('party', party.value.trim())
    const answer = await fetch(input.dataset.names + '?' + query).catch(() => undefined)
    const items = answer && answer.ok ? await answer.json().catch(() => []) : []
    if (asked === q && document.activeElement === input) show(items)
  }
  input.addEventListener('input', () => { clearTimeout(wait); wait = setTimeout(ask, 150) })
  // Only while one types: what is typed into a field without autocompletion is forgotten when one goes back to the page.
  input.addEventListener('focus', () => { input.autocomplete = 'off' })
  input.addEventListener('blur', () => { input.removeAttribute('autocomplete'); close() })
  input.addEventListener('keydown', (event) => {
    const items = [...list.children]
    const at = items.findIndex((item) => item.getAttribute('aria-selected') === 'true')
    if (event.key === 'Escape' && !list.hidden) { event.preventDefault(); close() }
    else if (event.key === 'Enter' && !list.hidden && at >= 0) { event.preventDefault(); choose(items[at]) }
    else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      if (list.hidden) return void ask()
      const next = event.key === 'ArrowDown' ? at + 1 : at < 0 ? items.length - 1 : at - 1 + items.length
      mark(items[next % items.length])
    }
  })
}
`
