// What a run can be told with -e NAME=value. PROFILE chooses the defaults; each of them can be set on its own.

const env = __ENV

/** What is missing stops the run before the first request. */
export const baseUrl = (env.BASE_URL || 'http://127.0.0.1:8080').replace(/\/$/, '')

/** smoke: seconds with next to no load, where every check has to hold; full: the load that the script is about. */
export const smoke = profile() === 'smoke'

/** Of the server's own minting: `token mint --scope worker --name load`. */
export function workerToken() {
  if (!env.WORKER_TOKEN) {
    throw new Error('Set WORKER_TOKEN: this script does the work that it orders')
  }
  return env.WORKER_TOKEN
}

/**
 * A positive number.
 * @param {string} name
 * @param {number} inFull
 * @param {number} inSmoke
 */
export function number(name, inFull, inSmoke) {
  const value = Number(env[name] || (smoke ? inSmoke : inFull))
  if (!(value > 0)) {
    throw new Error(`${name} is not a positive number: ${env[name]}`)
  }
  return value
}

/**
 * A duration as k6 writes it, such as 90s or 5m.
 * @param {string} name
 * @param {string} inFull
 * @param {string} inSmoke
 */
export function duration(name, inFull, inSmoke) {
  const value = env[name] || (smoke ? inSmoke : inFull)
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(value)) {
    throw new Error(`${name} is not a duration such as 90s or 5m: ${value}`)
  }
  return value
}

function profile() {
  const value = env.PROFILE || 'full'
  if (value !== 'full' && value !== 'smoke') {
    throw new Error(`PROFILE is full or smoke, not ${value}`)
  }
  return value
}
