// The WebSocket that browsers have and Node 20 has not. nostr-tools looks for it when it is loaded: import this before it.
import WebSocket from 'ws'

globalThis.WebSocket ??= WebSocket
