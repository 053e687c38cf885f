import type { NextConfig } from 'next'

const config: NextConfig = {
  // Tests build beside a running product, never over it.
  distDir: process.env.ASTROLABE_DIST ?? '.next',
  poweredByHeader: false,
  reactStrictMode: true,
  // One type check for everything stands in `npm test`; people who only start the product need not wait for it.
  typescript: { ignoreBuildErrors: true },
  serverExternalPackages: ['pg', 'pino', 'ssh2', 'prom-client', 'socket.io', '@prisma/client', '@prisma/adapter-pg'],
  experimental: {
    // A night terminal inside a paper page needs light-dark() as the browser resolves it, where it is used; rewritten for older
    // browsers it would follow the page.
    useLightningcss: true,
    lightningCssFeatures: { exclude: ['light-dark'] },
    // A page may answer 401 and 403 (app/unauthorized.tsx, app/forbidden.tsx) where it finds out who is asking.
    authInterrupts: true,
  },
}

export default config
