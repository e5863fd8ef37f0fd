// Logins: challenge, sign, verify, me. RATE of them a second.

import { check } from 'k6'
import exec from 'k6/execution'
import * as api from './lib/api.js'
import { loadKey } from './lib/load-keys.js'
import { logIn } from './lib/login.js'
import { arrivals, defaults, thresholds } from './lib/options.js'
import { number } from './lib/settings.js'

/** @type {import('k6/options').Options} */
export const options = {
  ...defaults,
  scenarios: { logins: arrivals('login', number('RATE', 100, 5)) },
  thresholds: thresholds(['challenge', 'verify', 'me'])
}

export function login() {
  const key = loadKey(exec.scenario.iterationInTest)
  const token = logIn(key)?.nostr_token
  const identity = token && api.me(token)
  if (identity) {
    check(identity, { 'the token is the key\'s': it => it.pubkey === key.pubkey })
  }
}
