/**
 * What runs in the course's page around the lab's frame: it says how opening goes, lets the tool ask for a height, and - where
 * the platform offers it - keeps small values for the tool (LTI postMessage storage: lti-pm-s; lti.md a5). It listens to
 * one frame and one origin only. Plain ES2020 text, so that its hash can stand in the page's policy.
 */

/** Bounds of what a page keeps for the tool: keys at most, characters of a key, characters of a value. */
export const storageBounds = { keys: 64, key: 256, value: 4096 }

/** Least and greatest height a tool may ask for, CSS pixels. */
export const frameHeights = { least: 320, greatest: 2400 }

/** After this many milliseconds without a page from the tool, the course says that it is slow. */
export const slowAfterMs = 8000

export const labScript = `
(() => {
  'use strict'
  const stage = document.querySelector('[data-tool]')
  const frame = stage.querySelector('iframe')
  const note = stage.querySelector('.wait')
  const tool = stage.dataset.tool
  const offersStorage = stage.dataset.storage === 'on'
  const kept = new Map()

  note.hidden = false
  const slow = setTimeout(() => {
    note.textContent = 'The lab has not answered yet. It may be starting; this page keeps waiting.'
  }, ${slowAfterMs})

  frame.addEventListener('load', () => {
    const inside = frame.contentDocument
    // A document of our own that holds a form is only passing through; one of the tool's cannot be looked into.
    if (inside && (inside.forms.length > 0 || inside.location.href === 'about:blank')) return
    clearTimeout(slow)
    note.hidden = true
    stage.removeAttribute('aria-busy')
  })

  const failed = (code, message) => ({ error: { code, message } })
  const asked = {
    'lti.frameResize': (message) => {
      const height = Math.round(Number(message.height))
      if (height > 0 && Number.isFinite(height)) {
        frame.style.height = Math.min(${frameHeights.greatest}, Math.max(${frameHeights.least}, height)) + 'px'
      }
    },
  }
  if (offersStorage) {
    const badKey = (key) => typeof key !== 'string' || key === '' || key.length > ${storageBounds.key}
    asked['lti.capabilities'] = () => ({
      supported_messages: Object.keys(asked).map((subject) => ({ subject, frame: '_parent' })),
    })
    asked['lti.get_data'] = ({ key }) => {
      if (badKey(key)) return failed('bad_request', 'The key must be a text of at most ${storageBounds.key} characters.')
      return { key, value: kept.has(key) ? kept.get(key) : null }
    }
    asked['lti.put_data'] = ({ key, value }) => {
      if (badKey(key)) return failed('bad_request', 'The key must be a text of at most ${storageBounds.key} characters.')
      if (value === null || value === undefined) {
        kept.delete(key)
        return { key, value: null }
      }
      if (typeof value !== 'string' || value.length > ${storageBounds.value}) {
        return { key, ...failed('bad_request', 'The value must be a text of at most ${storageBounds.value} characters.') }
      }
      if (!kept.has(key) && kept.size >= ${storageBounds.keys}) return { key, ...failed('storage_exhausted', 'No more keys are kept.') }
      kept.set(key, value)
      return { key, value }
    }
  }

  const opened = (data) => {
    if (typeof data !== 'string') return data
    if (data.length > 16384) return null
    try {
      return JSON.parse(data)
    } catch {
      return null
    }
  }

  addEventListener('message', (event) => {
    if (event.origin !== tool || event.source !== frame.contentWindow) return
    const message = opened(event.data)
    if (typeof message !== 'object' || message === null || !Object.hasOwn(asked, message.subject)) return
    const answer = asked[message.subject](message)
    if (answer === undefined || typeof message.message_id !== 'string') return
    event.source.postMessage({ subject: message.subject + '.response', message_id: message.message_id, ...answer }, event.origin)
  })
})()
`
