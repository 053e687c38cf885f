-- The whole main job. Generated from schema.prisma by `prisma migrate diff`; what Prisma cannot express follows at the end.
-- CreateEnum
CREATE TYPE "PlatformKind" AS ENUM ('lti', 'built_in');

-- CreateEnum
CREATE TYPE "Role" AS ENUM ('learner', 'instructor');

-- CreateEnum
CREATE TYPE "TicketKind" AS ENUM ('terminal', 'window', 'sign_in');

-- CreateEnum
CREATE TYPE "TerminalMode" AS ENUM ('write', 'watch');

-- CreateEnum
CREATE TYPE "Intent" AS ENUM ('running', 'suspended', 'deleted');

-- CreateEnum
CREATE TYPE "Phase" AS ENUM ('queued', 'building', 'starting', 'ready', 'suspending', 'suspended', 'resuming', 'deleting', 'deleted', 'lost', 'failed');

-- CreateEnum
CREATE TYPE "MemberRole" AS ENUM ('owner', 'peer', 'watcher');

-- CreateEnum
CREATE TYPE "HostKeySource" AS ENUM ('signal', 'first_use');

-- CreateEnum
CREATE TYPE "ActorKind" AS ENUM ('person', 'command_line', 'system');

-- CreateTable
CREATE TABLE "instance" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "tag" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "instance_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "platform" (
    "id" UUID NOT NULL,
    "kind" "PlatformKind" NOT NULL DEFAULT 'lti',
    "name" TEXT NOT NULL,
    "disabled_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "platform_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "registration" (
    "id" UUID NOT NULL,
    "platform_id" UUID NOT NULL,
    "issuer" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "authorization_url" TEXT NOT NULL,
    "jwks_url" TEXT NOT NULL,
    "token_url" TEXT,
    "token_audience" TEXT,
    "algorithms" TEXT[] DEFAULT ARRAY['RS256']::TEXT[],
    "trusted_audiences" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "anonymous_launches" BOOLEAN NOT NULL DEFAULT false,
    "deployments_on_launch" BOOLEAN NOT NULL DEFAULT false,
    "loopback_origin" TEXT,
    "disabled_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "registration_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deployment" (
    "id" UUID NOT NULL,
    "registration_id" UUID NOT NULL,
    "platform_id" UUID NOT NULL,
    "deployment_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "deployment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tool_key" (
    "id" UUID NOT NULL,
    "kid" TEXT NOT NULL,
    "registration_id" UUID,
    "modulus" TEXT NOT NULL,
    "exponent" TEXT NOT NULL,
    "sealed_private" BYTEA NOT NULL,
    "active_from" TIMESTAMPTZ(3) NOT NULL,
    "retired_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tool_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "user" (
    "id" UUID NOT NULL,
    "platform_id" UUID NOT NULL,
    "subject" TEXT NOT NULL,
    "is_test" BOOLEAN NOT NULL DEFAULT false,
    "merged_into_id" UUID,
    "erased_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "person" (
    "user_id" UUID NOT NULL,
    "name" TEXT,
    "given_name" TEXT,
    "family_name" TEXT,
    "email" TEXT,
    "locale" TEXT,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "person_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "course_context" (
    "id" UUID NOT NULL,
    "platform_id" UUID NOT NULL,
    "context_id" TEXT NOT NULL,
    "label" TEXT,
    "title" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "course_context_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "membership" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "course_id" UUID NOT NULL,
    "role" "Role" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "membership_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "resource_link" (
    "id" UUID NOT NULL,
    "platform_id" UUID NOT NULL,
    "course_id" UUID,
    "link_id" TEXT NOT NULL,
    "title" TEXT,
    "lab_id" UUID,
    "lab_version_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "resource_link_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "resource_link_setting" (
    "resource_link_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "value" TEXT NOT NULL,

    CONSTRAINT "resource_link_setting_pkey" PRIMARY KEY ("resource_link_id","name")
);

-- CreateTable
CREATE TABLE "login_session" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "browser_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "login_session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lti_login" (
    "id" UUID NOT NULL,
    "registration_id" UUID NOT NULL,
    "state_hash" BYTEA NOT NULL,
    "nonce_hash" BYTEA NOT NULL,
    "browser_hash" BYTEA NOT NULL,
    "target_link_uri" TEXT NOT NULL,
    "login_hint" TEXT NOT NULL,
    "message_hint" TEXT,
    "deployment_hint" TEXT,
    "storage_target" TEXT,
    "storage_secret_hash" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "consumed_at" TIMESTAMPTZ(3),

    CONSTRAINT "lti_login_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "nonce" (
    "registration_id" UUID NOT NULL,
    "nonce_hash" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "nonce_pkey" PRIMARY KEY ("registration_id","nonce_hash")
);

-- CreateTable
CREATE TABLE "launch" (
    "id" UUID NOT NULL,
    "login_session_id" UUID NOT NULL,
    "registration_id" UUID NOT NULL,
    "deployment_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "resource_link_id" UUID NOT NULL,
    "role" "Role" NOT NULL,
    "document_target" TEXT,
    "return_url" TEXT,
    "locale" TEXT,
    "opened_from_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "launch_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ticket" (
    "id" UUID NOT NULL,
    "kind" "TicketKind" NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "login_session_id" UUID,
    "launch_id" UUID,
    "user_id" UUID,
    "environment_id" UUID,
    "generation" INTEGER,
    "host_name" TEXT,
    "mode" "TerminalMode",
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "ticket_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "cloud" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "auth_url" TEXT NOT NULL,
    "region" TEXT,
    "endpoint_interface" TEXT NOT NULL DEFAULT 'public',
    "sealed_auth" BYTEA NOT NULL,
    "sealed_ssh_proxy" BYTEA,
    "disabled_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "cloud_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lab" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "retired_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "lab_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lab_version" (
    "id" UUID NOT NULL,
    "lab_id" UUID NOT NULL,
    "revision" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "lab_version_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lab_file" (
    "lab_version_id" UUID NOT NULL,
    "path" TEXT NOT NULL,
    "content" BYTEA NOT NULL,

    CONSTRAINT "lab_file_pkey" PRIMARY KEY ("lab_version_id","path")
);

-- CreateTable
CREATE TABLE "environment" (
    "id" UUID NOT NULL,
    "owner_key" TEXT,
    "lab_version_id" UUID NOT NULL,
    "cloud_id" UUID,
    "course_id" UUID,
    "resource_link_id" UUID,
    "intent" "Intent" NOT NULL DEFAULT 'running',
    "generation" INTEGER NOT NULL DEFAULT 1,
    "phase" "Phase" NOT NULL DEFAULT 'queued',
    "reason_code" TEXT,
    "reason_detail" TEXT,
    "was_ready" BOOLEAN NOT NULL DEFAULT false,
    "touched_at" TIMESTAMPTZ(3),
    "last_activity_at" TIMESTAMPTZ(3),
    "suspend_at" TIMESTAMPTZ(3),
    "limit_at" TIMESTAMPTZ(3),
    "extensions" INTEGER NOT NULL DEFAULT 0,
    "delete_at" TIMESTAMPTZ(3),
    "delete_reason" TEXT,
    "delete_actor_id" UUID,
    "deleted_at" TIMESTAMPTZ(3),
    "failures" INTEGER NOT NULL DEFAULT 0,
    "retry_at" TIMESTAMPTZ(3),
    "next_check_at" TIMESTAMPTZ(3) DEFAULT CURRENT_TIMESTAMP,
    "lease_owner" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "fence" BIGINT NOT NULL DEFAULT 0,
    "correlation_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ready_at" TIMESTAMPTZ(3),
    "phase_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "environment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "environment_member" (
    "environment_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "role" "MemberRole" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "environment_member_pkey" PRIMARY KEY ("environment_id","user_id")
);

-- CreateTable
CREATE TABLE "stack" (
    "id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "cloud_id" UUID NOT NULL,
    "generation" INTEGER NOT NULL,
    "attempt" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "heat_id" TEXT,
    "action" TEXT,
    "status" TEXT,
    "status_reason" TEXT,
    "observed_at" TIMESTAMPTZ(3),
    "requested_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "completed_at" TIMESTAMPTZ(3),
    "gone_at" TIMESTAMPTZ(3),

    CONSTRAINT "stack_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "stack_resource" (
    "stack_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "status_reason" TEXT,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "stack_resource_pkey" PRIMARY KEY ("stack_id","name")
);

-- CreateTable
CREATE TABLE "host" (
    "id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "generation" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "address" TEXT NOT NULL,
    "port" INTEGER NOT NULL DEFAULT 22,
    "user" TEXT NOT NULL,
    "host_key" TEXT,
    "host_key_source" "HostKeySource",
    "shell_started_at" TIMESTAMPTZ(3),

    CONSTRAINT "host_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "key_pair" (
    "id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "generation" INTEGER NOT NULL,
    "public_key" TEXT NOT NULL,
    "sealed_private" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "key_pair_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "environment_event" (
    "id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "generation" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "phase" "Phase",
    "code" TEXT,
    "detail" TEXT,
    "actor_id" UUID,
    "correlation_id" UUID,

    CONSTRAINT "environment_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "usage_entry" (
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "user_id" UUID,
    "course_id" UUID,
    "lab_id" UUID,
    "cloud_id" UUID,
    "environment_id" UUID,
    "resource" TEXT NOT NULL,
    "amount" INTEGER NOT NULL,

    CONSTRAINT "usage_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_entry" (
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor_kind" "ActorKind" NOT NULL,
    "actor_id" UUID,
    "action" TEXT NOT NULL,
    "subject_kind" TEXT NOT NULL,
    "subject_id" UUID,
    "reason" TEXT,
    "correlation_id" UUID,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "instance_tag_key" ON "instance"("tag");

-- CreateIndex
CREATE INDEX "registration_platform_id_idx" ON "registration"("platform_id");

-- CreateIndex
CREATE UNIQUE INDEX "registration_issuer_client_id_key" ON "registration"("issuer", "client_id");

-- CreateIndex
CREATE INDEX "deployment_platform_id_idx" ON "deployment"("platform_id");

-- CreateIndex
CREATE UNIQUE INDEX "deployment_registration_id_deployment_id_key" ON "deployment"("registration_id", "deployment_id");

-- CreateIndex
CREATE UNIQUE INDEX "tool_key_kid_key" ON "tool_key"("kid");

-- CreateIndex
CREATE UNIQUE INDEX "user_platform_id_subject_key" ON "user"("platform_id", "subject");

-- CreateIndex
CREATE UNIQUE INDEX "course_context_platform_id_context_id_key" ON "course_context"("platform_id", "context_id");

-- CreateIndex
CREATE INDEX "membership_course_id_idx" ON "membership"("course_id");

-- CreateIndex
CREATE UNIQUE INDEX "membership_user_id_course_id_key" ON "membership"("user_id", "course_id");

-- CreateIndex
CREATE INDEX "resource_link_course_id_idx" ON "resource_link"("course_id");

-- CreateIndex
CREATE INDEX "login_session_user_id_idx" ON "login_session"("user_id");

-- CreateIndex
CREATE INDEX "login_session_browser_hash_idx" ON "login_session"("browser_hash");

-- CreateIndex
CREATE UNIQUE INDEX "lti_login_state_hash_key" ON "lti_login"("state_hash");

-- CreateIndex
CREATE UNIQUE INDEX "lti_login_nonce_hash_key" ON "lti_login"("nonce_hash");

-- CreateIndex
CREATE INDEX "lti_login_expires_at_idx" ON "lti_login"("expires_at");

-- CreateIndex
CREATE INDEX "nonce_expires_at_idx" ON "nonce"("expires_at");

-- CreateIndex
CREATE INDEX "launch_login_session_id_idx" ON "launch"("login_session_id");

-- CreateIndex
CREATE INDEX "launch_user_id_idx" ON "launch"("user_id");

-- CreateIndex
CREATE INDEX "launch_resource_link_id_idx" ON "launch"("resource_link_id");

-- CreateIndex
CREATE UNIQUE INDEX "ticket_token_hash_key" ON "ticket"("token_hash");

-- CreateIndex
CREATE INDEX "ticket_expires_at_idx" ON "ticket"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "cloud_name_key" ON "cloud"("name");

-- CreateIndex
CREATE UNIQUE INDEX "lab_slug_key" ON "lab"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "lab_version_lab_id_revision_key" ON "lab_version"("lab_id", "revision");

-- CreateIndex
CREATE INDEX "environment_next_check_at_idx" ON "environment"("next_check_at");

-- CreateIndex
CREATE INDEX "environment_course_id_idx" ON "environment"("course_id");

-- CreateIndex
CREATE INDEX "environment_resource_link_id_idx" ON "environment"("resource_link_id");

-- CreateIndex
CREATE INDEX "environment_lab_version_id_idx" ON "environment"("lab_version_id");

-- CreateIndex
CREATE INDEX "environment_member_user_id_idx" ON "environment_member"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "stack_environment_id_generation_attempt_key" ON "stack"("environment_id", "generation", "attempt");

-- CreateIndex
CREATE UNIQUE INDEX "stack_cloud_id_name_key" ON "stack"("cloud_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "host_environment_id_generation_name_key" ON "host"("environment_id", "generation", "name");

-- CreateIndex
CREATE UNIQUE INDEX "key_pair_environment_id_generation_key" ON "key_pair"("environment_id", "generation");

-- CreateIndex
CREATE INDEX "environment_event_environment_id_at_idx" ON "environment_event"("environment_id", "at");

-- CreateIndex
CREATE INDEX "usage_entry_at_idx" ON "usage_entry"("at");

-- CreateIndex
CREATE INDEX "audit_entry_subject_id_idx" ON "audit_entry"("subject_id");

-- CreateIndex
CREATE INDEX "audit_entry_at_idx" ON "audit_entry"("at");

-- AddForeignKey
ALTER TABLE "registration" ADD CONSTRAINT "registration_platform_id_fkey" FOREIGN KEY ("platform_id") REFERENCES "platform"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_registration_id_fkey" FOREIGN KEY ("registration_id") REFERENCES "registration"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_platform_id_fkey" FOREIGN KEY ("platform_id") REFERENCES "platform"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tool_key" ADD CONSTRAINT "tool_key_registration_id_fkey" FOREIGN KEY ("registration_id") REFERENCES "registration"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "user" ADD CONSTRAINT "user_platform_id_fkey" FOREIGN KEY ("platform_id") REFERENCES "platform"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "user" ADD CONSTRAINT "user_merged_into_id_fkey" FOREIGN KEY ("merged_into_id") REFERENCES "user"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "person" ADD CONSTRAINT "person_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "course_context" ADD CONSTRAINT "course_context_platform_id_fkey" FOREIGN KEY ("platform_id") REFERENCES "platform"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_course_id_fkey" FOREIGN KEY ("course_id") REFERENCES "course_context"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "resource_link" ADD CONSTRAINT "resource_link_platform_id_fkey" FOREIGN KEY ("platform_id") REFERENCES "platform"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "resource_link" ADD CONSTRAINT "resource_link_course_id_fkey" FOREIGN KEY ("course_id") REFERENCES "course_context"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "resource_link" ADD CONSTRAINT "resource_link_lab_id_fkey" FOREIGN KEY ("lab_id") REFERENCES "lab"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "resource_link" ADD CONSTRAINT "resource_link_lab_version_id_fkey" FOREIGN KEY ("lab_version_id") REFERENCES "lab_version"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "resource_link_setting" ADD CONSTRAINT "resource_link_setting_resource_link_id_fkey" FOREIGN KEY ("resource_link_id") REFERENCES "resource_link"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "login_session" ADD CONSTRAINT "login_session_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "lti_login" ADD CONSTRAINT "lti_login_registration_id_fkey" FOREIGN KEY ("registration_id") REFERENCES "registration"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "nonce" ADD CONSTRAINT "nonce_registration_id_fkey" FOREIGN KEY ("registration_id") REFERENCES "registration"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "launch" ADD CONSTRAINT "launch_login_session_id_fkey" FOREIGN KEY ("login_session_id") REFERENCES "login_session"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "launch" ADD CONSTRAINT "launch_registration_id_fkey" FOREIGN KEY ("registration_id") REFERENCES "registration"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "launch" ADD CONSTRAINT "launch_deployment_id_fkey" FOREIGN KEY ("deployment_id") REFERENCES "deployment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "launch" ADD CONSTRAINT "launch_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "launch" ADD CONSTRAINT "launch_resource_link_id_fkey" FOREIGN KEY ("resource_link_id") REFERENCES "resource_link"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "launch" ADD CONSTRAINT "launch_opened_from_id_fkey" FOREIGN KEY ("opened_from_id") REFERENCES "launch"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_login_session_id_fkey" FOREIGN KEY ("login_session_id") REFERENCES "login_session"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_launch_id_fkey" FOREIGN KEY ("launch_id") REFERENCES "launch"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "lab_version" ADD CONSTRAINT "lab_version_lab_id_fkey" FOREIGN KEY ("lab_id") REFERENCES "lab"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "lab_file" ADD CONSTRAINT "lab_file_lab_version_id_fkey" FOREIGN KEY ("lab_version_id") REFERENCES "lab_version"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "environment" ADD CONSTRAINT "environment_lab_version_id_fkey" FOREIGN KEY ("lab_version_id") REFERENCES "lab_version"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "environment" ADD CONSTRAINT "environment_cloud_id_fkey" FOREIGN KEY ("cloud_id") REFERENCES "cloud"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "environment" ADD CONSTRAINT "environment_course_id_fkey" FOREIGN KEY ("course_id") REFERENCES "course_context"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "environment" ADD CONSTRAINT "environment_resource_link_id_fkey" FOREIGN KEY ("resource_link_id") REFERENCES "resource_link"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "environment_member" ADD CONSTRAINT "environment_member_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "environment_member" ADD CONSTRAINT "environment_member_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stack" ADD CONSTRAINT "stack_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stack" ADD CONSTRAINT "stack_cloud_id_fkey" FOREIGN KEY ("cloud_id") REFERENCES "cloud"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stack_resource" ADD CONSTRAINT "stack_resource_stack_id_fkey" FOREIGN KEY ("stack_id") REFERENCES "stack"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "host" ADD CONSTRAINT "host_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "key_pair" ADD CONSTRAINT "key_pair_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "environment_event" ADD CONSTRAINT "environment_event_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;



-- What the schema language cannot say -----------------------------------------------------------------------------

-- One installation, one row.
ALTER TABLE "instance" ADD CONSTRAINT "instance_single" CHECK ("id" = 1);

-- One stack per learner and place (product.md, line 3): an owner has at most one environment that is not deleted.
CREATE UNIQUE INDEX "environment_owner_live" ON "environment" ("owner_key") WHERE "deleted_at" IS NULL;

-- A place without a course is a place too.
CREATE UNIQUE INDEX "resource_link_place" ON "resource_link" ("platform_id", "course_id", "link_id") NULLS NOT DISTINCT;

-- One built-in platform: its users are operators.
CREATE UNIQUE INDEX "platform_built_in" ON "platform" ("kind") WHERE "kind" = 'built_in';

-- Only one stack of an environment may be awaited in the cloud at any time.
CREATE UNIQUE INDEX "stack_standing" ON "stack" ("environment_id", "generation") WHERE "gone_at" IS NULL;

ALTER TABLE "environment"
  ADD CONSTRAINT "environment_generation_positive" CHECK ("generation" >= 1),
  ADD CONSTRAINT "environment_failures_positive" CHECK ("failures" >= 0),
  ADD CONSTRAINT "environment_lease_whole" CHECK (("lease_owner" IS NULL) = ("lease_until" IS NULL)),
  ADD CONSTRAINT "environment_deletion_explained" CHECK ("delete_at" IS NULL OR "delete_reason" IS NOT NULL),
  ADD CONSTRAINT "environment_deleted_phase" CHECK (("deleted_at" IS NULL) = ("phase" <> 'deleted'));
ALTER TABLE "stack" ADD CONSTRAINT "stack_attempt_positive" CHECK ("attempt" >= 1 AND "generation" >= 1);
ALTER TABLE "host" ADD CONSTRAINT "host_port_range" CHECK ("port" BETWEEN 1 AND 65535),
  ADD CONSTRAINT "host_key_explained" CHECK (("host_key" IS NULL) = ("host_key_source" IS NULL));
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_terminal_whole" CHECK (
  "kind" <> 'terminal' OR ("user_id" IS NOT NULL AND "launch_id" IS NOT NULL AND "login_session_id" IS NOT NULL
    AND "environment_id" IS NOT NULL AND "generation" IS NOT NULL AND "host_name" IS NOT NULL AND "mode" IS NOT NULL));
ALTER TABLE "registration" ADD CONSTRAINT "registration_no_symmetric_keys" CHECK (
  "algorithms" <@ ARRAY['RS256','RS384','RS512','ES256','ES384','ES512'] AND cardinality("algorithms") > 0);
ALTER TABLE "resource_link" ADD CONSTRAINT "resource_link_version_of_lab" CHECK ("lab_version_id" IS NULL OR "lab_id" IS NOT NULL);

-- Ledgers only grow.
CREATE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER "usage_entry_append_only" BEFORE UPDATE OR DELETE ON "usage_entry" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "audit_entry_append_only" BEFORE UPDATE OR DELETE ON "audit_entry" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "lab_version_immutable" BEFORE UPDATE ON "lab_version" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "lab_file_immutable" BEFORE UPDATE ON "lab_file" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
