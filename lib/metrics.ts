import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { prisma } from './db.ts'

// Next loads several copies of this module into one process: the numbers of a process are kept once.
const global = globalThis as { astrolabeMetrics?: Registry }

function registry(): Registry {
  if (global.astrolabeMetrics) return global.astrolabeMetrics
  const register = new Registry()
  collectDefaultMetrics({ register })
  const environments = new Gauge({
    name: 'astrolabe_environments',
    help: 'Environments that are not deleted, by phase',
    labelNames: ['phase'],
    registers: [register],
    async collect() {
      const rows = await prisma().environment.groupBy({ by: ['phase'], where: { deletedAt: null }, _count: true })
      environments.reset()
      for (const { phase, _count } of rows) environments.set({ phase }, _count)
    },
  })
  global.astrolabeMetrics = register
  return register
}

/** This process's numbers, and those of the installation, in Prometheus's text form. */
export async function metricsText(): Promise<{ type: string; text: string }> {
  const register = registry()
  return { type: register.contentType, text: await register.metrics() }
}
