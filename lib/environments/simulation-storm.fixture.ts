import { type WeatherEvent, weatherEvents } from './simulation-weather.fixture.ts'
import type { World } from './simulation-world.fixture.ts'

/*
 * What happens to the cloud and to the clocks while people and workers are at it.
 */

const NEVER = Number.POSITIVE_INFINITY

export class Storm {
  readonly #world: World
  readonly #at: number[]

  constructor(world: World) {
    this.#world = world
    this.#at = weatherEvents.map((event) => this.#later(event))
  }

  nextAt(): number {
    return Math.min(...this.#at)
  }

  go(): void {
    const { now } = this.#world
    for (let index = 0; index < this.#at.length; index += 1) {
      if ((this.#at[index] ?? NEVER) > now) continue
      const event = weatherEvents[index]
      if (!event) continue
      this.#at[index] = this.#later(event)
      this.#strike(event)
    }
  }

  #later(event: WeatherEvent): number {
    const { luck, weather, now } = this.#world
    const meanMs = weather.everyMs[event]
    const at = meanMs === null ? NEVER : Math.max(now, weather.from) + luck.between(0, meanMs * 2)
    return at < weather.until ? at : NEVER
  }

  #strike(event: WeatherEvent): void {
    const { cloud, luck, now } = this.#world
    const [stack] = cloud.stacks
    this.#world.tell(() => `weather: ${event}`)
    this.#world.sees(event)
    switch (event) {
      case 'engine down':
        cloud.restartEngine()
        cloud.engineDownUntil = now + luck.between(3_000, 40_000)
        return
      case 'engine restart':
        cloud.restartEngine()
        return
      case 'outage':
        cloud.outageUntil = now + luck.between(2_000, 40_000)
        return
      case 'quota':
        cloud.nova.quotaUntil = now + luck.between(5_000, 40_000)
        return
      case 'vandal':
        if (stack) cloud.remove(stack)
        return
      case 'lie':
        if (stack && this.#isDear()) stack.hiddenUntil = now + luck.log(200, 60_000)
        return
      case 'stray':
        this.#stray()
        return
      case 'jump':
        this.#jump()
    }
  }

  /** Handed over, and nobody has said that it is to go: of nothing else lies are told (HostileCloud.endLies). */
  #isDear(): boolean {
    const { wasReady, intent, deleteAt } = this.#world.books.row
    return wasReady && intent !== 'deleted' && deleteAt === null && this.#world.cloud.stacks.length === 1
  }

  /** Somebody switches servers behind our back, or asks Heat for something. */
  #stray(): void {
    const { cloud, luck, now } = this.#world
    const [stack] = cloud.stacks
    if (!stack || stack.servers.length === 0) return
    if (luck.hits(0.7)) {
      const action = luck.pick(['suspend', 'resume', 'stop', 'stop', 'start'] as const)
      // What somebody undoes has failed, too.
      if (action === 'resume' || action === 'start') cloud.nova.badSuspends += 1
      else cloud.nova.badStarts += 1
      cloud.nova.act(luck.pick(stack.servers), action, { now, byUs: false })
      return
    }
    const action = luck.pick(['SUSPEND', 'RESUME', 'CHECK'] as const)
    const isIdle = stack.status === 'COMPLETE' || (stack.status === 'FAILED' && stack.action !== 'CREATE' && stack.action !== 'DELETE')
    // The same once more would leave no trace in a list.
    if (!isIdle || action === stack.action) return
    if (action === 'RESUME') cloud.nova.badSuspends += 1
    if (action === 'SUSPEND') cloud.nova.badStarts += 1
    cloud.start(action, stack)
    stack.strayed = true
  }

  #jump(): void {
    const { luck, weather } = this.#world
    const ms = luck.log(weather.jumpMs.least, weather.jumpMs.most) * (luck.hits(0.5) ? 1 : -1)
    this.#world.tell(() => `the clock jumps by ${(ms / 1000).toFixed(0)} s`)
    this.#world.changeClocks(ms)
  }
}
