import { passing } from '../crash-points.ts'
import { DriverFailure, type PortFilter, type SpaceNetwork } from '../driver.ts'
import { checkNetwork } from './check.ts'
import { isAlive } from './process.ts'
import { checkId, type SpaceRecord } from './record.ts'
import {
  addNetwork,
  adoptSpace,
  type Ground,
  leaveSpace,
  openSpace,
  removeNetwork,
  type Space,
  setFilters,
  setRouters,
  shutSpace,
  sweepSpace,
} from './space.ts'
import type { StartUps } from './start-ups.ts'
import type { Turns } from './turns.ts'

/** The spaces of one folder, live or only on record, and what is done with them, one thing at a time for each. */
export class Spaces {
  readonly #ground: Ground
  readonly #turns: Turns
  readonly #startUps: StartUps
  readonly #live = new Map<string, Space>()
  readonly #records = new Map<string, SpaceRecord>()
  /** What has been said, and not yet been done. */
  readonly #filters = new Map<string, PortFilter[]>()

  constructor(ground: Ground, turns: Turns, startUps: StartUps) {
    this.#ground = ground
    this.#turns = turns
    this.#startUps = startUps
  }

  /** Takes over those that an earlier process left running. */
  async takeOver(): Promise<void> {
    for (const record of this.#ground.records.spaces()) {
      const space = adoptSpace(this.#ground, record)
      this.#records.set(record.id, record)
      if (space !== null) this.#live.set(record.id, space)
      else await sweepSpace(this.#ground, record)
    }
  }

  find(id: string): Space | undefined {
    return this.#live.get(id)
  }

  isKnown(id: string): boolean {
    return this.#records.has(id)
  }

  ids(): string[] {
    return [...this.#records.keys()]
  }

  live(): Space[] {
    return [...this.#live.values()]
  }

  async create(id: string): Promise<void> {
    checkId(id)
    await this.#turns(`space ${id}`, async () => {
      if (!this.#records.has(id)) this.#remember({ id, networks: [], keeper: null, netNamespace: null })
      await this.#open(id)
    })
  }

  /** The space, opened again if it was shut. Rejects with `space.missing`. */
  open(id: string): Promise<Space> {
    return this.#turns(`space ${id}`, () => this.#open(id))
  }

  async addNetwork(id: string, network: SpaceNetwork): Promise<void> {
    checkNetwork(network)
    await this.#turns(`space ${id}`, async () => {
      const space = await this.#open(id)
      await addNetwork(this.#ground, space, { id: network.id, cidr: network.cidr, gateway: network.gateway })
      this.#records.set(id, space.record)
    })
  }

  async removeNetwork(id: string, networkId: string): Promise<void> {
    await this.#turns(`space ${id}`, async () => {
      const space = this.#live.get(id)
      const record = this.#records.get(id)
      if (record === undefined) return
      if (space !== undefined) await removeNetwork(this.#ground, space, networkId)
      this.#remember(space?.record ?? { ...record, networks: record.networks.filter((network) => network.id !== networkId) })
    })
  }

  /** Sets what is between the networks. Nothing is done where nothing is joined and nothing was. */
  async connect(id: string, routers: string[][]): Promise<void> {
    const joining = routers.filter((networks) => networks.length > 1)
    await this.#turns(`space ${id}`, async () => {
      const record = this.#records.get(id)
      const space = this.#live.get(id)
      if (record === undefined || (joining.length === 0 && (record.routers ?? []).length === 0)) return
      if (space === undefined) return this.#remember({ ...record, routers: joining })
      await setRouters(this.#ground, space, joining)
      this.#records.set(id, space.record)
    })
  }

  /** Sets what may come in. Of several who say so at once only the last is heard. */
  async filter(id: string, filters: PortFilter[]): Promise<void> {
    this.#filters.set(id, filters)
    await this.#turns(`space ${id}`, async () => {
      const record = this.#records.get(id)
      const space = this.#live.get(id)
      const wanted = this.#filters.get(id)
      this.#filters.delete(id)
      if (record === undefined || wanted === undefined || JSON.stringify(wanted) === JSON.stringify(record.filters ?? [])) return
      if (space === undefined) return this.#remember({ ...record, filters: wanted })
      await setFilters(this.#ground, space, wanted)
      this.#records.set(id, space.record)
    })
  }

  /** Ends it and forgets it. */
  async remove(id: string): Promise<void> {
    await this.#turns(`space ${id}`, async () => {
      const space = this.#live.get(id)
      if (space !== undefined) await shutSpace(this.#ground, space)
      this.#live.delete(id)
      this.#records.delete(id)
      await passing('space is forgotten', () => this.#ground.records.dropSpace(id))
    })
  }

  /** Ends all of them; they can be opened again. `before` still finds each of them whole. */
  async shutAll(before: (space: Space) => Promise<void>): Promise<void> {
    const shut = async (id: string, space: Space) => {
      await before(space)
      await shutSpace(this.#ground, space)
      this.#live.delete(id)
      this.#remember({ ...space.record, keeper: null, netNamespace: null })
    }
    await Promise.all([...this.#live].map(([id, space]) => this.#turns(`space ${id}`, () => shut(id, space))))
  }

  async leaveAll(): Promise<void> {
    await Promise.all(this.live().map((space) => leaveSpace(space)))
  }

  async #open(id: string): Promise<Space> {
    const live = this.#live.get(id)
    if (live !== undefined && isAlive(live.keeper)) return live
    const record = this.#records.get(id)
    if (record === undefined) throw new DriverFailure('space.missing', 'The network space of this stack does not exist.')
    if (live !== undefined) await shutSpace(this.#ground, live)
    const space = await this.#startUps.space(() => openSpace(this.#ground, record))
    this.#live.set(id, space)
    this.#records.set(id, space.record)
    return space
  }

  #remember(record: SpaceRecord): void {
    this.#records.set(record.id, record)
    this.#ground.records.keepSpace(record)
  }
}
