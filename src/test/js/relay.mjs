// A relay (NIP-01) that keeps nothing: published events go to the subscribers whose filters match.
import { WebSocketServer } from 'ws'

const wants = (filter, event) =>
  (!filter.kinds || filter.kinds.includes(event.kind)) &&
  (!filter.authors || filter.authors.includes(event.pubkey)) &&
  (!filter['#p'] || event.tags.some(([name, value]) => name === 'p' && filter['#p'].includes(value)))

/** Starts one on a free port of this machine. */
export async function startRelay() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await new Promise(resolve => server.on('listening', resolve))
  const subscriptions = new Map()
  server.on('connection', socket => {
    socket.on('close', () => subscriptions.delete(socket))
    subscriptions.set(socket, new Map())
    socket.on('message', message => {
      const [type, first, ...filters] = JSON.parse(message)
      if (type === 'REQ') {
        subscriptions.get(socket).set(first, filters)
        socket.send(JSON.stringify(['EOSE', first]))
      } else if (type === 'CLOSE') {
        subscriptions.get(socket).delete(first)
      } else if (type === 'EVENT') {
        socket.send(JSON.stringify(['OK', first.id, true, '']))
        for (const [other, asked] of subscriptions) {
          for (const [id, of] of asked) {
            if (of.some(filter => wants(filter, first))) other.send(JSON.stringify(['EVENT', id, first]))
          }
        }
      }
    })
  })
  const close = () => {
    server.clients.forEach(socket => socket.terminate())
    server.close()
  }
  return { url: `ws://127.0.0.1:${server.address().port}`, close }
}
