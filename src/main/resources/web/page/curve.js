// The score over time as a drawn curve: what has been, and what absence would make of it.

import { scoreAt, stretches } from './model.js'

const SVG = 'http://www.w3.org/2000/svg'
const HEIGHT = 260
const EDGE = { left: 34, right: 10, top: 12, bottom: 30 }
const DAY = 86_400_000

/** How much of the width is the past's, where there is one. */
const PAST = 0.6
const NO_PAST = 0.12

/** Points of one drawn stretch. */
const STEPS = 40

/**
 * Draws.
 *
 * @param {Element} place whose width the drawing takes
 * @param {import('../nostr-answers.js').TrustPolicy} policy
 * @param {import('../nostr-answers.js').Trust} trust
 * @param {import('../nostr-answers.js').Entry[]} entries the newest first
 */
export function drawCurve(place, policy, trust, entries) {
  const now = Date.parse(trust.as_of)
  const past = stretches(policy, entries, now)
  const begin = past[0]?.from ?? now - DAY
  const last = past.at(-1) ?? { from: now, to: now, balance: trust.balance, lastSuccess: null }
  const end = horizon(policy, trust, now)
  const scale = scales(place.clientWidth, past.length > 0 ? PAST : NO_PAST, Math.min(begin, now - 1), now, end)
  const svg = node('svg', { width: scale.width, height: HEIGHT, role: 'img', 'aria-labelledby': 'curve-title curve-text' })
  svg.append(named('title', 'curve-title', 'Score over time'))
  svg.append(named('desc', 'curve-text', inWords(policy, trust, last, end)))
  thresholds(policy, scale).forEach(line => svg.append(line))
  if (past.length > 0) {
    svg.append(node('path', { class: 'past', d: path(pastPoints(policy, past, entries[entries.length - 1].score_before), scale) }))
  }
  svg.append(node('path', { class: 'ahead', d: path(points(policy, { ...last, to: end }, now), scale) }))
  svg.append(node('line', { class: 'now', x1: scale.x(now), x2: scale.x(now), y1: EDGE.top, y2: HEIGHT - EDGE.bottom }))
  svg.append(node('circle', { class: 'here', cx: scale.x(now), cy: scale.y(trust.trust_score), r: 4 }))
  svg.append(...times(scale, begin, now, end, past.length > 0))
  place.replaceChildren(svg)
}

/** Up to when the future is drawn. @type {(policy: any, trust: any, now: number) => number} */
function horizon(policy, trust, now) {
  const days = policy.model === 'balance' ? 2 * policy.half_life_days : policy.decay_grace_days + 60
  const demotion = trust.demotes_at === null ? 0 : Date.parse(trust.demotes_at) - now
  return now + Math.max(days * DAY, demotion * 1.2)
}

/** @param {number} width @param {number} share of the past @param {number} begin @param {number} now @param {number} end */
function scales(width, share, begin, now, end) {
  const inner = width - EDGE.left - EDGE.right
  const border = EDGE.left + inner * share
  return {
    width,
    /** Two scales, since a past of minutes and a future of months are to be seen at once. @param {number} time */
    x: time =>
      time <= now
        ? border - ((now - time) / (now - begin)) * inner * share
        : border + ((time - now) / (end - now)) * inner * (1 - share),
    /** @param {number} score */
    y: score => HEIGHT - EDGE.bottom - (score / 100) * (HEIGHT - EDGE.top - EDGE.bottom),
  }
}

/** @typedef {ReturnType<typeof scales>} Scale @typedef {[number, number]} Place in time and score */

/** @param {any} policy @param {import('./model.js').Stretch} stretch @returns {Place[]} */
function points(policy, stretch, from = stretch.from) {
  const { to } = stretch
  return Array.from({ length: STEPS + 1 }, (_, i) => {
    const time = from + ((to - from) * i) / STEPS
    return [time, scoreAt(policy, stretch, time)]
  })
}

/** @param {any} policy @param {import('./model.js').Stretch[]} past @param {number} first the score before it all @returns {Place[]} */
function pastPoints(policy, past, first) {
  return [[past[0].from, first], ...past.flatMap(stretch => points(policy, stretch))]
}

/** @param {Place[]} places @param {Scale} scale */
function path(places, scale) {
  return places.map(([time, score], i) => `${i === 0 ? 'M' : 'L'}${scale.x(time).toFixed(1)} ${scale.y(score).toFixed(1)}`).join('')
}

/** @param {any} policy @param {Scale} scale */
function thresholds(policy, scale) {
  return Object.entries(policy.tiers).flatMap(([tier, score]) => {
    const y = scale.y(Number(score))
    const label = node('text', { class: 'label', x: EDGE.left + 4, y: y - 4 })
    label.textContent = tier
    const number = node('text', { class: 'label end', x: EDGE.left - 5, y: y + 4 })
    number.textContent = String(score)
    return [node('line', { class: `threshold ${tier}`, x1: EDGE.left, x2: scale.width - EDGE.right, y1: y, y2: y }), label, number]
  })
}

/** @param {Scale} scale @param {number} begin @param {number} now @param {number} end @param {boolean} hasPast */
function times(scale, begin, now, end, hasPast) {
  const y = HEIGHT - 10
  const labels = [
    [scale.x(now), 'now', 'middle'],
    [scale.width - EDGE.right, day(end), 'end'],
  ]
  if (hasPast) labels.push([EDGE.left, now - begin < DAY ? clock(begin) : day(begin), 'start'])
  return labels.map(([x, text, anchor]) => {
    const label = node('text', { class: 'label', x, y, 'text-anchor': anchor })
    label.textContent = String(text)
    return label
  })
}

/** @param {any} policy @param {any} trust @param {import('./model.js').Stretch} last @param {number} end */
function inWords(policy, trust, last, end) {
  const then = scoreAt(policy, { ...last, to: end }, end).toFixed(1)
  return `The score is ${trust.trust_score} now. Without new work it will be ${then} on ${day(end)}.`
}

/** @param {number} time */
const day = time => new Date(time).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' })
/** @param {number} time */
const clock = time => new Date(time).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })

/** @param {string} name @param {Record<string, string | number>} attributes */
function node(name, attributes) {
  const element = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  return element
}

/** @param {string} name @param {string} id @param {string} text */
function named(name, id, text) {
  const element = node(name, { id })
  element.textContent = text
  return element
}
