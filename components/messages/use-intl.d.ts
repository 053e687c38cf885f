import type { en } from './en.ts'

// Every key is checked by the compiler.
declare module 'use-intl' {
  interface AppConfig {
    Messages: typeof en
  }
}
