-- A course with one learner whose machines are ready, as the version before wrote it.
INSERT INTO "platform" ("id", "kind", "name") VALUES ('01900000-0000-7000-8000-000000000001', 'lti', 'Campus');
INSERT INTO "user" ("id", "platform_id", "subject") VALUES ('01900000-0000-7000-8000-000000000002', '01900000-0000-7000-8000-000000000001', 'ada');
INSERT INTO "lab" ("id", "slug") VALUES ('01900000-0000-7000-8000-000000000003', 'two-machines');
INSERT INTO "lab_version" ("id", "lab_id", "revision", "title")
  VALUES ('01900000-0000-7000-8000-000000000004', '01900000-0000-7000-8000-000000000003', 'r1', 'Two machines');
INSERT INTO "cloud" ("id", "name", "auth_url", "sealed_auth", "updated_at")
  VALUES ('01900000-0000-7000-8000-000000000005', 'dev', 'http://127.0.0.1:5000/v3', '\x00', now());
INSERT INTO "environment" ("id", "owner_key", "lab_version_id", "cloud_id", "phase", "was_ready", "ready_at", "touched_at", "last_activity_at")
  VALUES ('01900000-0000-7000-8000-000000000006', 'link:a/user:b', '01900000-0000-7000-8000-000000000004',
    '01900000-0000-7000-8000-000000000005', 'ready', true, now(), now(), now());
INSERT INTO "stack" ("id", "environment_id", "cloud_id", "generation", "attempt", "name", "heat_id", "action", "status")
  VALUES ('01900000-0000-7000-8000-000000000007', '01900000-0000-7000-8000-000000000006', '01900000-0000-7000-8000-000000000005',
    1, 1, 'astrolabe-x-g1-a1', 'e5b1', 'CREATE', 'COMPLETE');
INSERT INTO "environment_event" ("id", "environment_id", "generation", "kind", "phase")
  VALUES ('01900000-0000-7000-8000-000000000008', '01900000-0000-7000-8000-000000000006', 1, 'phase', 'ready');
