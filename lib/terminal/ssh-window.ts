import type { Client, ClientChannel } from 'ssh2'

/*
 * ssh2 grants every channel 2 MB and has no option for it, and a paused stream still swallows them: a slow browser would wait for
 * 2 MB to pass before Ctrl-C takes effect. Where the library looks as we know it, the grant is made smaller; where it does not, the
 * terminal works with the larger one.
 */

export const SSH_WINDOW_BYTES = 256 * 1024
/** Where bursts are to be short. */
export const SMALL_WINDOW_BYTES = 64 * 1024
const STREAM_BYTES = 32 * 1024

type Protocol = {
  session(channel: number, window: number, packetSize: number): void
  channelWindowAdjust(recipient: number, amount: number): void
}
type Inside = { _protocol?: Partial<Protocol>; _chanMgr?: { _channels?: Record<number, Open | undefined> } }
type Open = { incoming?: { window: number }; outgoing?: { id: number } }

/**
 * Makes the windows of channels that are opened from now on small. Call once for a client, before the first channel.
 * @param windowBytes what may be under way at most, asked whenever more could be granted
 */
export function limitWindow(client: Client, windowBytes: () => number): void {
  const { _protocol: protocol, _chanMgr: channels } = client as unknown as Inside
  const session = protocol?.session
  const adjust = protocol?.channelWindowAdjust
  if (!protocol || !session || !adjust || !channels?._channels) return
  protocol.session = (channel, window, packetSize) => session.call(protocol, channel, Math.min(window, SSH_WINDOW_BYTES), packetSize)
  protocol.channelWindowAdjust = (recipient, amount) => {
    const open = Object.values(channels._channels ?? {}).find((one) => one?.outgoing?.id === recipient)
    if (!open?.incoming) return adjust.call(protocol, recipient, amount)
    // The library has just added `amount` to come back to its own 2 MB: what was left before counts.
    const left = open.incoming.window - amount
    const wanted = windowBytes()
    if (left > wanted / 2) {
      open.incoming.window = left
      return
    }
    open.incoming.window = wanted
    adjust.call(protocol, recipient, wanted - left)
  }
}

/** The other half, for a channel that has just been opened: its account starts at what was granted, and its stream holds little. */
export function limitStream(client: Client, channel: ClientChannel): void {
  const { _protocol: protocol } = client as unknown as Inside
  const open = channel as unknown as Open & { _readableState?: { highWaterMark: number } }
  if (!Object.hasOwn(protocol ?? {}, 'session') || !open.incoming || !open._readableState) return
  open.incoming.window = SSH_WINDOW_BYTES
  open._readableState.highWaterMark = STREAM_BYTES
}
