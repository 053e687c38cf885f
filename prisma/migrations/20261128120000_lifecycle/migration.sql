-- Deadlines, ways of sleeping, and how long things usually take. Expands only: yesterday's code runs on it.
CREATE TYPE "SleepHow" AS ENUM ('suspend', 'stop', 'shelve');
CREATE TYPE "SleepWhy" AS ENUM ('idle', 'limit', 'asked');

ALTER TABLE "environment"
  ADD COLUMN "awake_at" TIMESTAMPTZ(3),
  ADD COLUMN "warned_at" TIMESTAMPTZ(3),
  ADD COLUMN "held_host" TEXT,
  ADD COLUMN "held_command" TEXT,
  ADD COLUMN "sleep_why" "SleepWhy",
  ADD COLUMN "sleep_how" "SleepHow",
  ADD COLUMN "sleep_failures" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "checked_at" TIMESTAMPTZ(3),
  ADD CONSTRAINT "environment_held_whole" CHECK (("held_host" IS NULL) = ("held_command" IS NULL)),
  ADD CONSTRAINT "environment_extensions_positive" CHECK ("extensions" >= 0 AND "sleep_failures" >= 0);

ALTER TABLE "stack" ADD COLUMN "missing_at" TIMESTAMPTZ(3);
ALTER TABLE "cloud" ADD COLUMN "swept_at" TIMESTAMPTZ(3);

CREATE TABLE "action_span" (
  "id" UUID NOT NULL,
  "lab_version_id" UUID NOT NULL,
  "cloud_id" UUID NOT NULL,
  "action" TEXT NOT NULL,
  "ms" INTEGER NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "action_span_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "action_span_ms_positive" CHECK ("ms" >= 0)
);
CREATE INDEX "action_span_lab_version_id_cloud_id_action_at_idx" ON "action_span" ("lab_version_id", "cloud_id", "action", "at");
ALTER TABLE "action_span"
  ADD CONSTRAINT "action_span_lab_version_id_fkey" FOREIGN KEY ("lab_version_id") REFERENCES "lab_version" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  ADD CONSTRAINT "action_span_cloud_id_fkey" FOREIGN KEY ("cloud_id") REFERENCES "cloud" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
