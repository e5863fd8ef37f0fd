// A remote signer (NIP-46) on a relay of its own, which answers as a test wants. Import it before nostr-tools.
import './websocket.mjs'
import { SimplePool } from 'nostr-tools/pool'
import { finalizeEvent, generateSecretKey, getPublicKey } from 'nostr-tools/pure'
import * as nip44 from 'nostr-tools/nip44'
import { startRelay } from './relay.mjs'

/**
 * Starts one.
 *
 * @param {(method: string, params: string[]) => object | object[]} answer gives `result` and `error` of a response, or several in turn
 */
export async function startBunker(answer) {
  const relay = await startRelay()
  const key = generateSecretKey()
  const pubkey = getPublicKey(key)
  const pool = new SimplePool()
  await new Promise(listening => pool.subscribe([relay.url], { kinds: [24133], '#p': [pubkey] }, {
    oneose: listening,
    onevent: event => {
      const secret = nip44.getConversationKey(key, event.pubkey)
      const { id, method, params } = JSON.parse(nip44.decrypt(event.content, secret))
      for (const response of [answer(method, params)].flat()) {
        const content = nip44.encrypt(JSON.stringify({ id, ...response }), secret)
        const created_at = Math.floor(Date.now() / 1000)
        pool.publish([relay.url], finalizeEvent({ kind: 24133, created_at, content, tags: [['p', event.pubkey]] }, key))
      }
    },
  }))
  return {
    address: secret => `bunker://${pubkey}?relay=${encodeURIComponent(relay.url)}&secret=${secret}`,
    close: () => {
      pool.close([relay.url])
      relay.close()
    },
  }
}
