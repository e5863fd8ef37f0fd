// Logging in, and staying so.

import { check } from 'k6'
import { Trend } from 'k6/metrics'
import * as api from './api.js'
import { loadKey, signed } from './load-keys.js'

const MINUTE = 60_000

// From asking for a challenge to having a token, with the signing in between.
const loginDuration = new Trend('login_duration', true)

// Of this virtual user.
let token = ''
let goodUntil = 0

/**
 * Proves a key; null where the server refused.
 * @param {import('./load-keys.js').LoadKey} key
 */
export function logIn(key) {
  const begun = Date.now()
  const challenge = api.challenge()
  const login = challenge && api.verify(signed(key, challenge.event_template))
  if (!login) {
    return null
  }
  loginDuration.add(Date.now() - begun)
  check(login, { 'the login is the key\'s': it => it.pubkey === key.pubkey })
  return login
}

/**
 * The token of the virtual user who calls, who logs in first where that is needed; null where the server refused.
 */
export function ownToken() {
  if (Date.now() > goodUntil - MINUTE) {
    const login = logIn(loadKey(__VU))
    if (!login) {
      return null
    }
    token = login.nostr_token
    goodUntil = Date.parse(login.expires_at)
  }
  return token
}
