CREATE TABLE "django_migrations" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app" varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "applied" datetime NOT NULL);

CREATE TABLE "parties_organisation" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(120) NOT NULL, "legal_name" varchar(200) NOT NULL, "slug" varchar(50) NOT NULL UNIQUE, "side" varchar(10) NOT NULL, "zone" varchar(60) NOT NULL, "tax_id" varchar(60) NOT NULL, "address" text NOT NULL, "currency" varchar(3) NOT NULL, CONSTRAINT "organisation_side" CHECK ("side" IN ('client', 'provider')));

CREATE TABLE "parties_grant" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "topic" varchar(80) NOT NULL, "reason" varchar(300) NOT NULL, "since" datetime NOT NULL, "until" datetime NULL, "revoked_at" datetime NULL, "person_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "organisation_id" bigint NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "grant_one_receiver" CHECK ((("organisation_id" IS NULL OR "person_id" IS NULL) AND 1 = (CASE WHEN "organisation_id" IS NULL THEN 1 ELSE 0 END + CASE WHEN "person_id" IS NULL THEN 1 ELSE 0 END))));

CREATE TABLE "parties_roleholding" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "role" varchar(30) NOT NULL, "since" datetime NOT NULL, "until" datetime NULL, "person_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE TABLE "parties_site" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(120) NOT NULL, "address" text NOT NULL, "zone" varchar(60) NOT NULL, "latitude" decimal NULL, "longitude" decimal NULL, "contact_name" varchar(120) NOT NULL, "contact_phone" varchar(40) NOT NULL, "access_notes" text NOT NULL, "organisation_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "site_name_once" UNIQUE ("organisation_id", "name"));

CREATE INDEX "parties_grant_person_id_81c99a90" ON "parties_grant" ("person_id");

CREATE INDEX "parties_grant_organisation_id_512b6e5e" ON "parties_grant" ("organisation_id");

CREATE INDEX "grant_topic_organisation" ON "parties_grant" ("topic", "organisation_id");

CREATE INDEX "grant_topic_person" ON "parties_grant" ("topic", "person_id");

CREATE UNIQUE INDEX "role_held_once" ON "parties_roleholding" ("person_id", "role") WHERE "until" IS NULL;

CREATE INDEX "parties_roleholding_person_id_ed7da305" ON "parties_roleholding" ("person_id");

CREATE INDEX "parties_site_organisation_id_e64393ea" ON "parties_site" ("organisation_id");

CREATE TABLE "account_emailconfirmation" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "created" datetime NOT NULL, "sent" datetime NULL, "key" varchar(64) NOT NULL UNIQUE, "email_address_id" integer NOT NULL REFERENCES "account_emailaddress" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE INDEX "account_emailconfirmation_email_address_id_5b7f8c58" ON "account_emailconfirmation" ("email_address_id");

CREATE TABLE "account_emailaddress" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "verified" bool NOT NULL, "primary" bool NOT NULL, "user_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "email" varchar(254) NOT NULL);

CREATE UNIQUE INDEX "account_emailaddress_user_id_email_987c8728_uniq" ON "account_emailaddress" ("user_id", "email");

CREATE UNIQUE INDEX "unique_verified_email" ON "account_emailaddress" ("email") WHERE "verified";

CREATE INDEX "account_emailaddress_user_id_2c513194" ON "account_emailaddress" ("user_id");

CREATE INDEX "account_emailaddress_email_03be32b2" ON "account_emailaddress" ("email");

CREATE UNIQUE INDEX "unique_primary_email" ON "account_emailaddress" ("user_id", "primary") WHERE "primary";

CREATE TABLE "accounts_invitation" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "token_sha256" varchar(64) NOT NULL, "invited_at" datetime NOT NULL, "expires_at" datetime NOT NULL, "sent_at" datetime NULL, "accepted_at" datetime NULL, "withdrawn_at" datetime NULL, "person_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE INDEX "accounts_invitation_token_sha256_2df79ba0" ON "accounts_invitation" ("token_sha256");

CREATE INDEX "accounts_invitation_person_id_7a704167" ON "accounts_invitation" ("person_id");

CREATE TABLE "kernel_chain" ("organisation_id" bigint NOT NULL PRIMARY KEY, "size" bigint NOT NULL, "peaks" text NOT NULL CHECK ((JSON_VALID("peaks") OR "peaks" IS NULL)));

CREATE TABLE "kernel_file" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "token" char(32) NOT NULL UNIQUE, "sha256" varchar(64) NOT NULL, "size" bigint NOT NULL, "name" varchar(200) NOT NULL, "media_type" varchar(100) NOT NULL, "topic" varchar(80) NOT NULL, "kept_at" datetime NOT NULL);

CREATE TABLE "kernel_checkpoint" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "organisation_id" bigint NOT NULL, "size" bigint NOT NULL, "note" text NOT NULL, "signed_at" datetime NOT NULL, CONSTRAINT "checkpoint_size_once" UNIQUE ("organisation_id", "size"));

CREATE TABLE "kernel_counter" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "organisation_id" bigint NOT NULL, "series" varchar(40) NOT NULL, "last" bigint NOT NULL, CONSTRAINT "counter_once" UNIQUE ("organisation_id", "series"));

CREATE TABLE "kernel_entry" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "organisation_id" bigint NOT NULL, "position" bigint NOT NULL, "deed_id" char(32) NOT NULL, "kind" varchar(60) NOT NULL, "topic" varchar(80) NOT NULL, "at" datetime NOT NULL, "received_at" datetime NOT NULL, "person_id" bigint NULL, "line" text NOT NULL, "leaf" text NOT NULL, "leaf_hash" varchar(64) NOT NULL, CONSTRAINT "entry_position_once" UNIQUE ("organisation_id", "position"), CONSTRAINT "entry_deed_once" UNIQUE ("organisation_id", "deed_id"));

CREATE TABLE "kernel_task" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "kind" varchar(60) NOT NULL, "key" varchar(200) NOT NULL UNIQUE, "payload" text NOT NULL CHECK ((JSON_VALID("payload") OR "payload" IS NULL)), "planned_at" datetime NOT NULL, "due_at" datetime NOT NULL, "next_attempt_at" datetime NOT NULL, "attempts" integer NOT NULL, "leased_until" datetime NULL, "done_at" datetime NULL, "last_error" text NOT NULL);

CREATE TABLE "kernel_personalpart" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "image" integer NOT NULL, "salt" varchar(64) NOT NULL, "content" text NOT NULL, "entry_id" bigint NOT NULL REFERENCES "kernel_entry" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "personal_part_once" UNIQUE ("entry_id", "image"));

CREATE INDEX "entry_topic" ON "kernel_entry" ("organisation_id", "topic", "position");

CREATE INDEX "task_due" ON "kernel_task" ("next_attempt_at", "id") WHERE "done_at" IS NULL;

CREATE INDEX "kernel_personalpart_entry_id_2da2dd14" ON "kernel_personalpart" ("entry_id");

CREATE TABLE "kernel_pause" ("what" varchar(40) NOT NULL PRIMARY KEY, "why" varchar(300) NOT NULL, "since" datetime NOT NULL);

CREATE TABLE "kernel_pulse" ("name" varchar(40) NOT NULL PRIMARY KEY, "at" datetime NOT NULL);

CREATE TABLE "kernel_guess" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "key" varchar(64) NOT NULL UNIQUE, "about" varchar(64) NOT NULL, "wrong" integer NOT NULL, "last_at" datetime NOT NULL);

CREATE INDEX "kernel_guess_about_10ea43b1" ON "kernel_guess" ("about");

CREATE INDEX "kernel_guess_last_at_2aa73f25" ON "kernel_guess" ("last_at");

CREATE TABLE "roster_certification" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "code" varchar(40) NOT NULL UNIQUE, "name" varchar(120) NOT NULL, "vendor" varchar(60) NOT NULL, "level" varchar(40) NOT NULL, "domain" varchar(60) NOT NULL, "validity" varchar(20) NOT NULL, "months" integer NULL, "validity_because" varchar(120) NOT NULL, "renewal" varchar(200) NOT NULL, "basis" varchar(120) NOT NULL, "source" varchar(200) NOT NULL);

CREATE TABLE "roster_clearance" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "kind" varchar(20) NOT NULL, "valid_until" date NULL, "client_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, "technician_id" bigint NOT NULL REFERENCES "roster_technician" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE TABLE "roster_insurance" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "kind" varchar(20) NOT NULL, "insurer" varchar(120) NOT NULL, "policy_number" varchar(60) NOT NULL, "named_insured" varchar(200) NOT NULL, "per_claim_minor" bigint NOT NULL, "aggregate_minor" bigint NOT NULL, "currency" varchar(3) NOT NULL, "valid_from" date NOT NULL, "valid_until" date NOT NULL, "retro_date" date NULL, "additional_insured" bool NOT NULL, "waiver_of_subrogation" bool NOT NULL, "endorsement_id" bigint NULL REFERENCES "kernel_file" ("id") DEFERRABLE INITIALLY DEFERRED, "evidence_id" bigint NULL REFERENCES "kernel_file" ("id") DEFERRABLE INITIALLY DEFERRED, "provider_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "insurance_dates" CHECK ("valid_until" >= ("valid_from")), CONSTRAINT "insurance_limits" CHECK (("aggregate_minor" >= ("per_claim_minor") AND "per_claim_minor" >= 0)), CONSTRAINT "insurance_endorsed" CHECK (((NOT "additional_insured" AND NOT "waiver_of_subrogation") OR NOT ("endorsement_id" IS NULL))));

CREATE INDEX "roster_clearance_client_id_667a3909" ON "roster_clearance" ("client_id");

CREATE INDEX "roster_clearance_technician_id_faa536fd" ON "roster_clearance" ("technician_id");

CREATE INDEX "roster_insurance_endorsement_id_35f4d71e" ON "roster_insurance" ("endorsement_id");

CREATE INDEX "roster_insurance_evidence_id_5731337d" ON "roster_insurance" ("evidence_id");

CREATE INDEX "roster_insurance_provider_id_ae08d941" ON "roster_insurance" ("provider_id");

CREATE TABLE "roster_technician" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "level" smallint NOT NULL, "active" bool NOT NULL, "hourly_cost_minor" bigint NOT NULL, "currency" varchar(3) NOT NULL, "base_latitude" decimal NULL, "base_longitude" decimal NULL, "emergency_roster" bool NOT NULL, "engaged_on" date NOT NULL, "person_id" bigint NOT NULL UNIQUE REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "provider_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "technician_level" CHECK (("level" >= 1 AND "level" <= 4)), CONSTRAINT "technician_cost" CHECK ("hourly_cost_minor" >= 0));

CREATE INDEX "roster_technician_provider_id_b1eee297" ON "roster_technician" ("provider_id");

CREATE TABLE "roster_skill" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "domain" varchar(20) NOT NULL, "technician_id" bigint NOT NULL REFERENCES "roster_technician" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "skill_once" UNIQUE ("technician_id", "domain"));

CREATE INDEX "roster_skill_technician_id_a0413223" ON "roster_skill" ("technician_id");

CREATE TABLE "roster_shift" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "starts_at" datetime NOT NULL, "ends_at" datetime NOT NULL, "on_call" bool NOT NULL, "technician_id" bigint NOT NULL REFERENCES "roster_technician" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "shift_forward" CHECK ("ends_at" > ("starts_at")));

CREATE INDEX "roster_shift_technician_id_5e2e0923" ON "roster_shift" ("technician_id");

CREATE INDEX "shift_of_technician" ON "roster_shift" ("technician_id", "starts_at");

CREATE TABLE "roster_heldcertification" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "number" varchar(60) NOT NULL, "issued_on" date NOT NULL, "valid_until" date NULL, "version" varchar(40) NOT NULL, "verified_on" date NULL, "certification_id" bigint NOT NULL REFERENCES "roster_certification" ("id") DEFERRABLE INITIALLY DEFERRED, "evidence_id" bigint NULL REFERENCES "kernel_file" ("id") DEFERRABLE INITIALLY DEFERRED, "verified_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "technician_id" bigint NOT NULL REFERENCES "roster_technician" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "certificate_dates" CHECK (("valid_until" IS NULL OR "valid_until" >= ("issued_on"))));

CREATE INDEX "roster_heldcertification_certification_id_6a0527bb" ON "roster_heldcertification" ("certification_id");

CREATE INDEX "roster_heldcertification_evidence_id_a1d960b7" ON "roster_heldcertification" ("evidence_id");

CREATE INDEX "roster_heldcertification_verified_by_id_4b7fa782" ON "roster_heldcertification" ("verified_by_id");

CREATE INDEX "roster_heldcertification_technician_id_48ae2ff9" ON "roster_heldcertification" ("technician_id");

CREATE TABLE "assets_asset" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(120) NOT NULL, "tag" varchar(60) NOT NULL, "maker" varchar(60) NOT NULL, "model" varchar(120) NOT NULL, "device_kind" varchar(30) NOT NULL, "serial" varchar(120) NOT NULL, "firmware" varchar(120) NOT NULL, "role_text" varchar(200) NOT NULL, "installed_on" date NULL, "warranty_until" date NULL, "useful_life_years" integer unsigned NULL CHECK ("useful_life_years" >= 0), "eol_on" date NULL, "os_product" varchar(60) NOT NULL, "os_cycle" varchar(60) NOT NULL, "legacy" bool NULL, "config" text NOT NULL CHECK ((JSON_VALID("config") OR "config" IS NULL)), "registered_at" datetime NOT NULL, "client_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, "site_id" bigint NOT NULL REFERENCES "parties_site" ("id") DEFERRABLE INITIALLY DEFERRED, "service_id" bigint NULL REFERENCES "assets_businessservice" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE INDEX "assets_asset_client_id_a9839710" ON "assets_asset" ("client_id");

CREATE INDEX "assets_asset_site_id_602d3a13" ON "assets_asset" ("site_id");

CREATE INDEX "assets_asset_service_id_8cb6c865" ON "assets_asset" ("service_id");

CREATE TABLE "assets_businessservice" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(120) NOT NULL, "owner_role" varchar(120) NOT NULL, "business_rate_minor" bigint NOT NULL, "off_rate_minor" bigint NOT NULL, "currency" varchar(3) NOT NULL, "hours" text NOT NULL CHECK ((JSON_VALID("hours") OR "hours" IS NULL)), "client_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "business_service_once" UNIQUE ("client_id", "name"), CONSTRAINT "business_service_rates" CHECK (("business_rate_minor" >= 0 AND "off_rate_minor" >= 0)));

CREATE INDEX "assets_businessservice_client_id_ea077e35" ON "assets_businessservice" ("client_id");

CREATE UNIQUE INDEX "asset_tag_once" ON "assets_asset" ("client_id", "tag") WHERE NOT ("tag" = '');

CREATE UNIQUE INDEX "asset_serial_once" ON "assets_asset" ("client_id", "maker", "serial") WHERE NOT ("serial" = '');

CREATE TABLE "agreements_agreement" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "number" varchar(30) NOT NULL, "currency" varchar(3) NOT NULL, "client_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, "provider_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "agreement_number_once" UNIQUE ("provider_id", "number"), CONSTRAINT "agreement_pair_once" UNIQUE ("provider_id", "client_id"));

CREATE INDEX "agreements_agreement_client_id_100e0ed2" ON "agreements_agreement" ("client_id");

CREATE INDEX "agreements_agreement_provider_id_aa685819" ON "agreements_agreement" ("provider_id");

CREATE TABLE "agreements_agreementversion" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "terms" text NOT NULL CHECK ((JSON_VALID("terms") OR "terms" IS NULL)), "sha256" varchar(64) NOT NULL, "status" varchar(10) NOT NULL, "starts_on_signature" bool NOT NULL, "effective_at" datetime NULL, "ends_at" datetime NULL, "drafted_at" datetime NOT NULL, "provider_signed_at" datetime NULL, "client_signed_at" datetime NULL, "accountable_person_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "agreement_id" bigint NOT NULL REFERENCES "agreements_agreement" ("id") DEFERRABLE INITIALLY DEFERRED, "client_signed_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "provider_signed_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "ended_because" varchar(500) NULL, "ended_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "agreement_version_once" UNIQUE ("agreement_id", "version"), CONSTRAINT "agreement_version_period" CHECK (("ends_at" IS NULL OR "ends_at" > ("effective_at"))));

CREATE UNIQUE INDEX "agreement_one_signed_version" ON "agreements_agreementversion" ("agreement_id") WHERE "status" = 'SIGNED';

CREATE INDEX "agreements_agreementversion_accountable_person_id_e06f0cf3" ON "agreements_agreementversion" ("accountable_person_id");

CREATE INDEX "agreements_agreementversion_agreement_id_21b78fb4" ON "agreements_agreementversion" ("agreement_id");

CREATE INDEX "agreements_agreementversion_client_signed_by_id_0aaef3bb" ON "agreements_agreementversion" ("client_signed_by_id");

CREATE INDEX "agreements_agreementversion_provider_signed_by_id_038ec50c" ON "agreements_agreementversion" ("provider_signed_by_id");

CREATE TABLE "incidents_degradation" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "factor" decimal NOT NULL, "since" datetime NOT NULL, "reason" varchar(300) NOT NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE TABLE "incidents_obligation" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(160) NOT NULL, "source" varchar(200) NOT NULL, "triggered_at" datetime NOT NULL, "deadline_at" datetime NOT NULL, "harm_minor" bigint NOT NULL, "harm_per_day_minor" bigint NOT NULL, "currency" varchar(3) NOT NULL, "owner" varchar(120) NOT NULL, "ends_with_restoration" bool NOT NULL, "met_at" datetime NULL, "met_by_restoration" bool NOT NULL, "warned_percent" integer NOT NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE TABLE "incidents_openend" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "kind" varchar(20) NOT NULL, "what" varchar(200) NOT NULL, "role" varchar(30) NOT NULL, "due_at" datetime NULL, "subject" varchar(80) NOT NULL, "blocks_close" bool NOT NULL, "opened_at" datetime NOT NULL, "closed_at" datetime NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "organisation_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE INDEX "incidents_degradation_engagement_id_63be11f4" ON "incidents_degradation" ("engagement_id");

CREATE INDEX "incidents_obligation_engagement_id_ea788cd5" ON "incidents_obligation" ("engagement_id");

CREATE INDEX "incidents_openend_engagement_id_12f081ea" ON "incidents_openend" ("engagement_id");

CREATE INDEX "incidents_openend_organisation_id_1ec64529" ON "incidents_openend" ("organisation_id");

CREATE INDEX "incidents_openend_person_id_1ae78e46" ON "incidents_openend" ("person_id");

CREATE TABLE "incidents_engagement" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "number" varchar(20) NOT NULL, "domain" varchar(20) NOT NULL, "title" varchar(160) NOT NULL, "description" text NOT NULL, "prior_attempt" bool NOT NULL, "answers" text NOT NULL CHECK ((JSON_VALID("answers") OR "answers" IS NULL)), "points" text NOT NULL CHECK ((JSON_VALID("points") OR "points" IS NULL)), "impact_score" integer NOT NULL, "urgency_score" integer NOT NULL, "impact" varchar(10) NOT NULL, "urgency" varchar(10) NOT NULL, "priority" varchar(2) NOT NULL, "floor_reason" varchar(200) NOT NULL, "late_classification" bool NOT NULL, "status" varchar(20) NOT NULL, "hold_from" varchar(20) NOT NULL, "callback" varchar(60) NOT NULL, "need_to_know" bool NOT NULL, "calendar" text NOT NULL CHECK ((JSON_VALID("calendar") OR "calendar" IS NULL)), "downtime" text NOT NULL CHECK ((JSON_VALID("downtime") OR "downtime" IS NULL)), "route" varchar(20) NOT NULL, "route_reason" varchar(400) NOT NULL, "cover_waived" bool NOT NULL, "ending" varchar(30) NOT NULL, "outage_started_at" datetime NOT NULL, "submitted_at" datetime NOT NULL, "acknowledged_at" datetime NULL, "contacted_at" datetime NULL, "arrived_at" datetime NULL, "diagnosis_completed_at" datetime NULL, "approved_at" datetime NULL, "restored_at" datetime NULL, "resolved_at" datetime NULL, "accepted_at" datetime NULL, "closed_at" datetime NULL, "onsite_needed" bool NOT NULL, "distance_miles" decimal NULL, "degradation" decimal NOT NULL, "currency" varchar(3) NOT NULL, "agreement_version_id" bigint NOT NULL REFERENCES "agreements_agreementversion" ("id") DEFERRABLE INITIALLY DEFERRED, "asset_id" bigint NULL REFERENCES "assets_asset" ("id") DEFERRABLE INITIALLY DEFERRED, "client_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, "owner_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "provider_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, "requester_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "site_id" bigint NOT NULL REFERENCES "parties_site" ("id") DEFERRABLE INITIALLY DEFERRED, "cancelled_at" datetime NULL, "merged_into_id" bigint NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "details" text NULL CHECK ((JSON_VALID("details") OR "details" IS NULL)), "preserved" text NULL CHECK ((JSON_VALID("preserved") OR "preserved" IS NULL)), CONSTRAINT "engagement_number_once" UNIQUE ("provider_id", "number"), CONSTRAINT "engagement_degradation" CHECK (("degradation" >= '0' AND "degradation" <= '1')), CONSTRAINT "engagement_held_from_somewhere" CHECK ((("status" = 'ON_HOLD' AND NOT ("hold_from" = '')) OR (NOT ("status" = 'ON_HOLD') AND "hold_from" = ''))));

CREATE INDEX "incidents_engagement_agreement_version_id_511fad0e" ON "incidents_engagement" ("agreement_version_id");

CREATE INDEX "incidents_engagement_asset_id_117ab33e" ON "incidents_engagement" ("asset_id");

CREATE INDEX "incidents_engagement_client_id_809b81fb" ON "incidents_engagement" ("client_id");

CREATE INDEX "incidents_engagement_owner_id_7e3563ba" ON "incidents_engagement" ("owner_id");

CREATE INDEX "incidents_engagement_provider_id_038ac025" ON "incidents_engagement" ("provider_id");

CREATE INDEX "incidents_engagement_requester_id_e0aee5b5" ON "incidents_engagement" ("requester_id");

CREATE INDEX "incidents_engagement_site_id_e7919212" ON "incidents_engagement" ("site_id");

CREATE INDEX "engagement_desk" ON "incidents_engagement" ("status", "priority");

CREATE TABLE "incidents_clock" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "kind" varchar(10) NOT NULL, "sequence" integer NOT NULL, "priority" varchar(2) NOT NULL, "coverage" varchar(20) NOT NULL, "target_seconds" bigint NOT NULL, "target_reason" varchar(200) NOT NULL, "started_at" datetime NOT NULL, "stopped_at" datetime NULL, "void" bool NOT NULL, "warned_percent" integer NOT NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "clock_sequence_once" UNIQUE ("engagement_id", "kind", "sequence"), CONSTRAINT "clock_target_not_negative" CHECK ("target_seconds" >= 0));

CREATE INDEX "incidents_clock_engagement_id_44defe96" ON "incidents_clock" ("engagement_id");

CREATE TABLE "incidents_forensicfee" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "base_minor" bigint NOT NULL, "ceiling_minor" bigint NOT NULL, "charged_minor" bigint NULL, "charged_reason" varchar(200) NOT NULL, "accepted_at" datetime NULL, "accepted_how" varchar(20) NOT NULL, "started_at" datetime NULL, "currency" varchar(3) NOT NULL, "engagement_id" bigint NOT NULL UNIQUE REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "forensic_fee_within_ceiling" CHECK (("base_minor" >= 0 AND "ceiling_minor" >= ("base_minor") AND ("charged_minor" IS NULL OR "charged_minor" <= ("ceiling_minor")))));

CREATE INDEX "open_end_open" ON "incidents_openend" ("organisation_id", "role") WHERE "closed_at" IS NULL;

CREATE TABLE "quotes_supplierevidence" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "line" integer unsigned NOT NULL CHECK ("line" >= 0), "part_number" varchar(200) NOT NULL, "priced_sha256" varchar(64) NOT NULL, "attached_at" datetime NOT NULL, "file_id" bigint NOT NULL REFERENCES "kernel_file" ("id") DEFERRABLE INITIALLY DEFERRED, "quote_id" bigint NOT NULL REFERENCES "quotes_quote" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE INDEX "quotes_supplierevidence_file_id_efdf601b" ON "quotes_supplierevidence" ("file_id");

CREATE INDEX "quotes_supplierevidence_quote_id_16edcafd" ON "quotes_supplierevidence" ("quote_id");

CREATE TABLE "changes_change" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "number" varchar(20) NOT NULL, "kind" varchar(10) NOT NULL, "status" varchar(14) NOT NULL, "title" varchar(160) NOT NULL, "reason" varchar(400) NOT NULL, "services" varchar(400) NOT NULL, "continuity" varchar(400) NOT NULL, "window_start" datetime NOT NULL, "window_end" datetime NOT NULL, "extended_until" datetime NULL, "extension_reason" varchar(400) NOT NULL, "steps" text NOT NULL CHECK ((JSON_VALID("steps") OR "steps" IS NULL)), "rollback" text NOT NULL CHECK ((JSON_VALID("rollback") OR "rollback" IS NULL)), "rollback_minutes" integer NOT NULL, "tests" text NOT NULL CHECK ((JSON_VALID("tests") OR "tests" IS NULL)), "comms" text NOT NULL, "risk" text NOT NULL CHECK ((JSON_VALID("risk") OR "risk" IS NULL)), "risk_score" integer NOT NULL, "canonical" text NOT NULL, "sha256" varchar(64) NOT NULL, "proposed_at" datetime NOT NULL, "decide_by" datetime NULL, "assessed_at" datetime NULL, "decided_at" datetime NULL, "scheduled_at" datetime NULL, "started_at" datetime NULL, "finished_at" datetime NULL, "review_due_at" datetime NULL, "reviewed_at" datetime NULL, "ending" varchar(20) NOT NULL, "findings" text NOT NULL, "lessons" text NOT NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "proposed_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "reviewed_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "change_number_once" UNIQUE ("engagement_id", "number"), CONSTRAINT "change_window_forward" CHECK ("window_end" > ("window_start")), CONSTRAINT "change_risk_score" CHECK (("risk_score" >= 5 AND "risk_score" <= 25)));

CREATE INDEX "changes_change_engagement_id_df75940f" ON "changes_change" ("engagement_id");

CREATE INDEX "changes_change_proposed_by_id_cf45b8de" ON "changes_change" ("proposed_by_id");

CREATE INDEX "changes_change_reviewed_by_id_8c49ba98" ON "changes_change" ("reviewed_by_id");

CREATE TABLE "work_restoration" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "tests" text NOT NULL CHECK ((JSON_VALID("tests") OR "tests" IS NULL)), "restored_at" datetime NOT NULL, "disputed_at" datetime NULL, "dispute_reason" text NOT NULL, "disputed_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "restored_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "order_id" bigint NOT NULL REFERENCES "work_workorder" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE TABLE "work_accessgranted" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "system" varchar(160) NOT NULL, "granted_at" datetime NOT NULL, "until" datetime NOT NULL, "revoked_at" datetime NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "granted_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "revoked_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "technician_id" bigint NOT NULL REFERENCES "roster_technician" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "access_granted_forward" CHECK ("until" > ("granted_at")));

CREATE TABLE "work_meternotice" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "percent" smallint unsigned NOT NULL CHECK ("percent" >= 0), "actual_minor" bigint NOT NULL, "cap_minor" bigint NOT NULL, "currency" varchar(3) NOT NULL, "reached_at" datetime NOT NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "tranche_id" bigint NOT NULL REFERENCES "quotes_tranche" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "meter_notice_once" UNIQUE ("tranche_id", "percent"));

CREATE TABLE "work_useofline" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "line" varchar(20) NOT NULL, "description" varchar(300) NOT NULL, "quantity" decimal NOT NULL, "note" varchar(400) NOT NULL, "used_at" datetime NOT NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "used_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "change_order_id" bigint NULL REFERENCES "quotes_quote" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE INDEX "work_restoration_disputed_by_id_98921ba4" ON "work_restoration" ("disputed_by_id");

CREATE INDEX "work_restoration_restored_by_id_51fde78f" ON "work_restoration" ("restored_by_id");

CREATE INDEX "work_restoration_order_id_9c6a16f1" ON "work_restoration" ("order_id");

CREATE UNIQUE INDEX "access_granted_once" ON "work_accessgranted" ("engagement_id", "technician_id", "system") WHERE "revoked_at" IS NULL;

CREATE INDEX "work_accessgranted_engagement_id_ea77ac54" ON "work_accessgranted" ("engagement_id");

CREATE INDEX "work_accessgranted_granted_by_id_02518871" ON "work_accessgranted" ("granted_by_id");

CREATE INDEX "work_accessgranted_revoked_by_id_3bb3be09" ON "work_accessgranted" ("revoked_by_id");

CREATE INDEX "work_accessgranted_technician_id_a628ed9d" ON "work_accessgranted" ("technician_id");

CREATE INDEX "work_meternotice_engagement_id_ae8c4c08" ON "work_meternotice" ("engagement_id");

CREATE INDEX "work_meternotice_tranche_id_8926f285" ON "work_meternotice" ("tranche_id");

CREATE INDEX "work_useofline_engagement_id_509f161b" ON "work_useofline" ("engagement_id");

CREATE INDEX "work_useofline_used_by_id_41dc7af4" ON "work_useofline" ("used_by_id");

CREATE INDEX "use_of_line" ON "work_useofline" ("engagement_id", "line");

CREATE TABLE "reports_servicereport" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "number" varchar(20) NOT NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "status" varchar(10) NOT NULL, "prevention" text NOT NULL, "residual_risk" text NOT NULL, "spares_advice" text NOT NULL, "change_note" text NOT NULL, "canonical" text NOT NULL, "sha256" varchar(64) NOT NULL, "issued_at" datetime NOT NULL, "due_at" datetime NOT NULL, "accepted_at" datetime NULL, "disputed_at" datetime NULL, "dispute_reason" text NOT NULL, "accepted_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "author_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "disputed_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "service_report_version_once" UNIQUE ("engagement_id", "version"), CONSTRAINT "service_report_accepted_by_somebody" CHECK ((NOT ("status" = 'ACCEPTED') OR ("accepted_at" IS NOT NULL AND "accepted_by_id" IS NOT NULL))));

CREATE UNIQUE INDEX "service_report_one_in_force" ON "reports_servicereport" ("engagement_id") WHERE "status" IN ('ISSUED', 'ACCEPTED');

CREATE INDEX "reports_servicereport_accepted_by_id_f854fe08" ON "reports_servicereport" ("accepted_by_id");

CREATE INDEX "reports_servicereport_author_id_1cff0f57" ON "reports_servicereport" ("author_id");

CREATE INDEX "reports_servicereport_disputed_by_id_9d90ffc0" ON "reports_servicereport" ("disputed_by_id");

CREATE INDEX "reports_servicereport_engagement_id_823273d7" ON "reports_servicereport" ("engagement_id");

CREATE TABLE "histories_document" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "kind" varchar(20) NOT NULL, "subject" varchar(80) NOT NULL, "number" varchar(30) NOT NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "topic" varchar(80) NOT NULL, "path" varchar(120) NOT NULL, "json_sha256" varchar(64) NOT NULL, "pdf_sha256" varchar(64) NOT NULL, "made_at" datetime NOT NULL, "client_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, "json_id" bigint NOT NULL REFERENCES "kernel_file" ("id") DEFERRABLE INITIALLY DEFERRED, "pdf_id" bigint NOT NULL REFERENCES "kernel_file" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "document_version_once" UNIQUE ("kind", "subject", "version"));

CREATE TABLE "histories_pack" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "log_size" bigint NOT NULL, "entries" integer unsigned NOT NULL CHECK ("entries" >= 0), "documents" integer unsigned NOT NULL CHECK ("documents" >= 0), "evidence" integer unsigned NOT NULL CHECK ("evidence" >= 0), "sealed_at" datetime NOT NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "file_id" bigint NOT NULL REFERENCES "kernel_file" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "pack_of_a_log_once" UNIQUE ("engagement_id", "log_size"));

CREATE INDEX "histories_document_client_id_4a9b1e6b" ON "histories_document" ("client_id");

CREATE INDEX "histories_document_json_id_f5ba531a" ON "histories_document" ("json_id");

CREATE INDEX "histories_document_pdf_id_a4d9efd7" ON "histories_document" ("pdf_id");

CREATE INDEX "document_of_topic" ON "histories_document" ("topic", "made_at");

CREATE INDEX "histories_pack_engagement_id_6ec53a53" ON "histories_pack" ("engagement_id");

CREATE INDEX "histories_pack_file_id_a983125f" ON "histories_pack" ("file_id");

CREATE TABLE "guarantees_guarantee" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "kind" varchar(12) NOT NULL, "days" integer unsigned NOT NULL CHECK ("days" >= 0), "starts_on" date NOT NULL, "ends_on" date NOT NULL, "ends_at" datetime NOT NULL, "basis" text NOT NULL, "started_at" datetime NOT NULL, "asset_id" bigint NULL REFERENCES "assets_asset" ("id") DEFERRABLE INITIALLY DEFERRED, "engagement_id" bigint NOT NULL UNIQUE REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "guarantee_forward" CHECK ("ends_on" >= ("starts_on")));

CREATE INDEX "guarantees_guarantee_asset_id_d0b376dc" ON "guarantees_guarantee" ("asset_id");

CREATE INDEX "guarantee_of_asset" ON "guarantees_guarantee" ("asset_id", "ends_at");

CREATE TABLE "dispatch_outcome" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "domain" varchar(20) NOT NULL, "first_time_fix" bool NOT NULL, "noted_at" datetime NOT NULL, "booking_id" bigint NOT NULL UNIQUE REFERENCES "dispatch_booking" ("id") DEFERRABLE INITIALLY DEFERRED, "technician_id" bigint NOT NULL REFERENCES "roster_technician" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE TABLE "dispatch_dispatch" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "purpose" varchar(20) NOT NULL, "rank" integer unsigned NOT NULL CHECK ("rank" >= 0), "reason" varchar(400) NOT NULL, "ranking" text NOT NULL CHECK ((JSON_VALID("ranking") OR "ranking" IS NULL)), "decided_at" datetime NOT NULL, "planned_start" datetime NOT NULL, "planned_end" datetime NOT NULL, "chosen_id" bigint NOT NULL REFERENCES "roster_technician" ("id") DEFERRABLE INITIALLY DEFERRED, "decided_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "dispatch_forward" CHECK ("planned_end" > ("planned_start")));

CREATE INDEX "dispatch_outcome_technician_id_20259c24" ON "dispatch_outcome" ("technician_id");

CREATE INDEX "dispatch_dispatch_chosen_id_29d28911" ON "dispatch_dispatch" ("chosen_id");

CREATE INDEX "dispatch_dispatch_decided_by_id_030f5c37" ON "dispatch_dispatch" ("decided_by_id");

CREATE INDEX "dispatch_dispatch_engagement_id_c075e6a4" ON "dispatch_dispatch" ("engagement_id");

CREATE TABLE "dispatch_booking" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "starts_at" datetime NOT NULL, "ends_at" datetime NOT NULL, "lane" varchar(20) NOT NULL, "priority" varchar(2) NOT NULL, "eta_at" datetime NULL, "grounds" text NOT NULL, "protocol_version" varchar(40) NOT NULL, "protocol_acknowledged_at" datetime NULL, "started_at" datetime NULL, "arrived_at" datetime NULL, "released_at" datetime NULL, "release_reason" varchar(400) NOT NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "technician_id" bigint NOT NULL REFERENCES "roster_technician" ("id") DEFERRABLE INITIALLY DEFERRED, "dispatch_id" bigint NOT NULL REFERENCES "dispatch_dispatch" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "booking_forward" CHECK ("ends_at" > ("starts_at")));

CREATE INDEX "dispatch_booking_engagement_id_181ba2dd" ON "dispatch_booking" ("engagement_id");

CREATE INDEX "dispatch_booking_technician_id_9585a6b0" ON "dispatch_booking" ("technician_id");

CREATE INDEX "dispatch_booking_dispatch_id_875bc0e4" ON "dispatch_booking" ("dispatch_id");

CREATE INDEX "booking_of_technician" ON "dispatch_booking" ("technician_id", "starts_at");

CREATE INDEX "outcome_of_technician" ON "dispatch_outcome" ("technician_id", "domain");

CREATE TABLE "diagnosis_check" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "protocol" varchar(30) NOT NULL, "item" varchar(40) NOT NULL, "position" integer unsigned NOT NULL CHECK ("position" >= 0), "what" varchar(300) NOT NULL, "required" bool NOT NULL, "reading" text NOT NULL, "slots" text NOT NULL CHECK ((JSON_VALID("slots") OR "slots" IS NULL)), "unit" varchar(20) NOT NULL, "limits" varchar(200) NOT NULL, "within" bool NULL, "note" text NOT NULL, "done_at" datetime NOT NULL, "done_by_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "evidence_id" bigint NULL REFERENCES "kernel_file" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "check_once" UNIQUE ("engagement_id", "item"));

CREATE INDEX "diagnosis_check_done_by_id_623585fc" ON "diagnosis_check" ("done_by_id");

CREATE INDEX "diagnosis_check_engagement_id_49e247d4" ON "diagnosis_check" ("engagement_id");

CREATE INDEX "diagnosis_check_evidence_id_a66a0222" ON "diagnosis_check" ("evidence_id");

CREATE TABLE "billing_invoiceline" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "position" integer unsigned NOT NULL CHECK ("position" >= 0), "ref" varchar(20) NOT NULL, "description" varchar(300) NOT NULL, "quantity" decimal NOT NULL, "amount_minor" bigint NOT NULL, "currency" varchar(3) NOT NULL, "tax_category" varchar(30) NOT NULL, "invoice_id" bigint NOT NULL REFERENCES "billing_invoice" ("id") DEFERRABLE INITIALLY DEFERRED, "tranche_id" bigint NOT NULL REFERENCES "quotes_tranche" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "invoice_line_once" UNIQUE ("invoice_id", "position"));

CREATE INDEX "billing_invoiceline_invoice_id_ff507e12" ON "billing_invoiceline" ("invoice_id");

CREATE INDEX "billing_invoiceline_tranche_id_a69aafb2" ON "billing_invoiceline" ("tranche_id");

CREATE TABLE "approvals_authority" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "seat" varchar(30) NOT NULL, "limit_minor" bigint NOT NULL, "currency" varchar(3) NOT NULL, "since" datetime NOT NULL, "until" datetime NULL, "person_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "authority_limit_positive" CHECK ("limit_minor" > 0));

CREATE TABLE "approvals_delegation" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "seat" varchar(30) NOT NULL, "limit_minor" bigint NULL, "currency" varchar(3) NOT NULL, "starts_at" datetime NOT NULL, "ends_at" datetime NOT NULL, "revoked_at" datetime NULL, "delegate_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "delegator_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "delegation_to_another" CHECK (NOT ("delegator_id" = ("delegate_id"))), CONSTRAINT "delegation_dated" CHECK ("starts_at" < ("ends_at")), CONSTRAINT "delegation_limit_positive" CHECK (("limit_minor" IS NULL OR "limit_minor" > 0)));

CREATE UNIQUE INDEX "authority_held_once" ON "approvals_authority" ("person_id", "seat") WHERE "until" IS NULL;

CREATE INDEX "approvals_authority_person_id_2e9137f2" ON "approvals_authority" ("person_id");

CREATE INDEX "approvals_delegation_delegate_id_4f582066" ON "approvals_delegation" ("delegate_id");

CREATE INDEX "approvals_delegation_delegator_id_9f5cfac8" ON "approvals_delegation" ("delegator_id");

CREATE TABLE "approvals_round" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "subject" varchar(80) NOT NULL, "subject_sha256" varchar(64) NOT NULL, "purpose" varchar(20) NOT NULL, "exposure_minor" bigint NULL, "currency" varchar(3) NOT NULL, "quorum" integer NULL, "limited_to_restoring" bool NOT NULL, "status" varchar(12) NOT NULL, "opened_at" datetime NOT NULL, "closed_at" datetime NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "round_exposure" CHECK (("exposure_minor" IS NULL OR "exposure_minor" >= 0)), CONSTRAINT "round_closed_at_an_instant" CHECK ((("closed_at" IS NULL AND "status" = 'OPEN') OR (NOT ("status" = 'OPEN') AND "closed_at" IS NOT NULL))));

CREATE UNIQUE INDEX "round_open_once_per_subject" ON "approvals_round" ("subject") WHERE "status" = 'OPEN';

CREATE INDEX "approvals_round_engagement_id_0f5cc775" ON "approvals_round" ("engagement_id");

CREATE TABLE "approvals_seat" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "position" integer NOT NULL, "name" varchar(30) NOT NULL, "kind" varchar(20) NOT NULL, "roles" text NOT NULL CHECK ((JSON_VALID("roles") OR "roles" IS NULL)), "state" varchar(24) NOT NULL, "notified_at" datetime NULL, "escalated_at" datetime NULL, "decided_at" datetime NULL, "reason" text NOT NULL, "emergency" bool NOT NULL, "ratify_by" datetime NULL, "ratified_at" datetime NULL, "ratify_reason" text NOT NULL, "lapsed_at" datetime NULL, "decided_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "for_person_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "ratified_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "round_id" bigint NOT NULL REFERENCES "approvals_round" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "seat_name_once" UNIQUE ("round_id", "name"), CONSTRAINT "seat_emergency_to_ratify" CHECK ((NOT "emergency" OR ("kind" = 'spend' AND "ratify_by" IS NOT NULL))));

CREATE UNIQUE INDEX "seat_person_once" ON "approvals_seat" ("round_id", "decided_by_id") WHERE NOT "emergency";

CREATE INDEX "approvals_seat_decided_by_id_a2e443e0" ON "approvals_seat" ("decided_by_id");

CREATE INDEX "approvals_seat_for_person_id_83a5af81" ON "approvals_seat" ("for_person_id");

CREATE INDEX "approvals_seat_ratified_by_id_b9ae177e" ON "approvals_seat" ("ratified_by_id");

CREATE INDEX "approvals_seat_round_id_ce5c4022" ON "approvals_seat" ("round_id");

CREATE TABLE "approvals_attempt" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "rung" varchar(12) NOT NULL, "channel" varchar(8) NOT NULL, "at" datetime NOT NULL, "outcome" varchar(20) NOT NULL, "note" varchar(200) NOT NULL, "person_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "seat_id" bigint NOT NULL REFERENCES "approvals_seat" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "attempt_once" UNIQUE ("seat_id", "rung", "channel", "person_id"));

CREATE INDEX "approvals_attempt_person_id_d9454878" ON "approvals_attempt" ("person_id");

CREATE INDEX "approvals_attempt_seat_id_3c62a68d" ON "approvals_attempt" ("seat_id");

CREATE TABLE "agreements_credithold" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "reason" varchar(300) NOT NULL, "placed_at" datetime NOT NULL, "lifted_at" datetime NULL, "lifted_because" varchar(300) NOT NULL, "agreement_id" bigint NOT NULL REFERENCES "agreements_agreement" ("id") DEFERRABLE INITIALLY DEFERRED, "lifted_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "placed_by_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "credit_hold_lifted_by_somebody" CHECK ((("lifted_at" IS NULL AND "lifted_by_id" IS NULL) OR ("lifted_at" IS NOT NULL AND "lifted_by_id" IS NOT NULL))));

CREATE UNIQUE INDEX "credit_hold_one_at_a_time" ON "agreements_credithold" ("agreement_id") WHERE "lifted_at" IS NULL;

CREATE INDEX "agreements_credithold_agreement_id_85027dcc" ON "agreements_credithold" ("agreement_id");

CREATE INDEX "agreements_credithold_lifted_by_id_0c5d736d" ON "agreements_credithold" ("lifted_by_id");

CREATE INDEX "agreements_credithold_placed_by_id_9af1cf76" ON "agreements_credithold" ("placed_by_id");

CREATE INDEX "agreements_agreementversion_ended_by_id_6e210546" ON "agreements_agreementversion" ("ended_by_id");

CREATE TABLE "api_allowance" ("key" varchar(80) NOT NULL PRIMARY KEY, "window" bigint NOT NULL, "used" integer unsigned NOT NULL CHECK ("used" >= 0));

CREATE TABLE "api_storedanswer" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "scope" varchar(64) NOT NULL, "key" varchar(255) NOT NULL, "fingerprint" varchar(64) NOT NULL, "claim" char(32) NOT NULL, "claimed_at" datetime NOT NULL, "status" smallint unsigned NULL CHECK ("status" >= 0), "headers" text NOT NULL CHECK ((JSON_VALID("headers") OR "headers" IS NULL)), "body" text NOT NULL, CONSTRAINT "answer_key_once" UNIQUE ("scope", "key"));

CREATE INDEX "allowance_age" ON "api_allowance" ("window");

CREATE INDEX "answer_age" ON "api_storedanswer" ("claimed_at");

CREATE TABLE "parties_token" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(80) NOT NULL, "prefix" varchar(12) NOT NULL, "sha256" varchar(64) NOT NULL UNIQUE, "scopes" text NOT NULL CHECK ((JSON_VALID("scopes") OR "scopes" IS NULL)), "roles" text NOT NULL CHECK ((JSON_VALID("roles") OR "roles" IS NULL)), "issued_at" datetime NOT NULL, "expires_at" datetime NOT NULL, "last_used_at" datetime NULL, "revoked_at" datetime NULL, "issued_by_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "organisation_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE INDEX "parties_token_issued_by_id_561d3cd6" ON "parties_token" ("issued_by_id");

CREATE INDEX "parties_token_organisation_id_764238a4" ON "parties_token" ("organisation_id");

CREATE INDEX "parties_token_person_id_e563c43f" ON "parties_token" ("person_id");

CREATE TABLE "parties_person" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "password" varchar(128) NOT NULL, "last_login" datetime NULL, "email" varchar(254) NOT NULL UNIQUE, "name" varchar(120) NOT NULL, "phone" varchar(40) NOT NULL, "is_active" bool NOT NULL, "organisation_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, "sessions_ended" integer unsigned NOT NULL CHECK ("sessions_ended" >= 0));

CREATE INDEX "parties_person_organisation_id_60ef0aad" ON "parties_person" ("organisation_id");

CREATE TABLE "approvals_finding" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "what" varchar(300) NOT NULL, "opened_at" datetime NOT NULL, "closed_at" datetime NULL, "client_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "seat_id" bigint NULL UNIQUE REFERENCES "approvals_seat" ("id") DEFERRABLE INITIALLY DEFERRED, "answered_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "what_changes" text NOT NULL, "what_happened" text NOT NULL, CONSTRAINT "finding_closed_by_an_answer" CHECK ((("answered_by_id" IS NULL AND "closed_at" IS NULL) OR ("answered_by_id" IS NOT NULL AND "closed_at" IS NOT NULL AND NOT ("what_happened" = '') AND NOT ("what_changes" = '')))));

CREATE INDEX "approvals_finding_client_id_4456aaad" ON "approvals_finding" ("client_id");

CREATE INDEX "approvals_finding_engagement_id_41f96696" ON "approvals_finding" ("engagement_id");

CREATE INDEX "approvals_finding_answered_by_id_9919315c" ON "approvals_finding" ("answered_by_id");

CREATE TABLE "approvals_phonecall" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "number_end" varchar(4) NOT NULL, "salt" varchar(64) NOT NULL, "status" varchar(10) NOT NULL, "placed_at" datetime NOT NULL, "until" datetime NOT NULL, "wrong" integer NOT NULL, "ended_at" datetime NULL, "person_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "placed_by_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "seat_id" bigint NOT NULL REFERENCES "approvals_seat" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "call_ends" CHECK ("placed_at" < ("until")));

CREATE UNIQUE INDEX "call_open_once" ON "approvals_phonecall" ("seat_id", "person_id") WHERE "status" = 'PLACED';

CREATE INDEX "approvals_phonecall_person_id_055e05b2" ON "approvals_phonecall" ("person_id");

CREATE INDEX "approvals_phonecall_placed_by_id_d6df7aad" ON "approvals_phonecall" ("placed_by_id");

CREATE INDEX "approvals_phonecall_seat_id_acfd18e9" ON "approvals_phonecall" ("seat_id");

CREATE TABLE "quotes_question" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "text" text NOT NULL, "asked_at" datetime NOT NULL, "due_at" datetime NULL, "answer" text NOT NULL, "answered_at" datetime NULL, "answered_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "asked_by_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "quote_id" bigint NOT NULL REFERENCES "quotes_quote" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "question_answered_whole" CHECK ((("answer" = '' AND "answered_at" IS NULL AND "answered_by_id" IS NULL) OR ("answered_at" IS NOT NULL AND "answered_by_id" IS NOT NULL AND NOT ("answer" = '')))));

CREATE INDEX "quotes_question_answered_by_id_f05cedb9" ON "quotes_question" ("answered_by_id");

CREATE INDEX "quotes_question_asked_by_id_4919e43c" ON "quotes_question" ("asked_by_id");

CREATE INDEX "quotes_question_quote_id_cabef0ab" ON "quotes_question" ("quote_id");

CREATE TABLE "quotes_changeorder" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "cause" varchar(20) NOT NULL, "reason" text NOT NULL, "excluded" text NOT NULL, "found_at" datetime NOT NULL, "raised_at" datetime NOT NULL, "base_id" bigint NOT NULL REFERENCES "quotes_quote" ("id") DEFERRABLE INITIALLY DEFERRED, "evidence_id" bigint NOT NULL REFERENCES "kernel_file" ("id") DEFERRABLE INITIALLY DEFERRED, "quote_id" bigint NOT NULL UNIQUE REFERENCES "quotes_quote" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "change_order_for_a_cause" CHECK ("cause" IN ('new_fault', 'client_request')), CONSTRAINT "change_order_found_then_raised" CHECK ("found_at" <= ("raised_at")));

CREATE INDEX "quotes_changeorder_base_id_4e6da96a" ON "quotes_changeorder" ("base_id");

CREATE INDEX "quotes_changeorder_evidence_id_5183c5b9" ON "quotes_changeorder" ("evidence_id");

CREATE TABLE "quotes_quote" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "number" varchar(20) NOT NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "revision" integer unsigned NOT NULL CHECK ("revision" >= 0), "status" varchar(12) NOT NULL, "draft" text NOT NULL CHECK ((JSON_VALID("draft") OR "draft" IS NULL)), "canonical" text NOT NULL, "sha256" varchar(64) NOT NULL, "currency" varchar(3) NOT NULL, "q_minor" bigint NOT NULL, "n_minor" bigint NULL, "p50_minor" bigint NULL, "p80_minor" bigint NULL, "p90_minor" bigint NULL, "credit_minor" bigint NULL, "tax_minor" bigint NULL, "exposure_minor" bigint NULL, "cash_out_minor" bigint NULL, "seed" varchar(40) NOT NULL, "samples" integer NULL, "library" varchar(40) NOT NULL, "sampler" varchar(40) NOT NULL, "drafted_at" datetime NOT NULL, "reviewed_at" datetime NULL, "issued_at" datetime NULL, "valid_until" datetime NULL, "decided_at" datetime NULL, "settled_at" datetime NULL, "rejection_reason" varchar(20) NOT NULL, "rejection_note" text NOT NULL, "actual_minor" bigint NULL, "author_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "reviewer_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "kind" varchar(12) NOT NULL, "mode" varchar(10) NOT NULL, CONSTRAINT "quote_issued_whole" CHECK (("issued_at" IS NULL OR ("n_minor" >= ("q_minor") AND "valid_until" > ("issued_at") AND NOT ("sha256" = '') AND NOT ("canonical" = '')))), CONSTRAINT "quote_issued_before_decided" CHECK (("issued_at" IS NOT NULL OR "status" IN ('DRAFT', 'REVIEWED', 'WITHDRAWN'))), CONSTRAINT "quote_version_once" UNIQUE ("engagement_id", "number", "version"));

CREATE UNIQUE INDEX "quote_one_draft" ON "quotes_quote" ("engagement_id", "kind") WHERE "status" IN ('DRAFT', 'REVIEWED');

CREATE UNIQUE INDEX "quote_one_offer" ON "quotes_quote" ("engagement_id") WHERE ("kind" = 'QUOTE' AND "status" IN ('ISSUED', 'APPROVED', 'SETTLED'));

CREATE INDEX "quotes_quote_author_id_201a84c4" ON "quotes_quote" ("author_id");

CREATE INDEX "quotes_quote_engagement_id_0368139e" ON "quotes_quote" ("engagement_id");

CREATE INDEX "quotes_quote_reviewer_id_62311dec" ON "quotes_quote" ("reviewer_id");

CREATE TABLE "quotes_choice" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "option" varchar(20) NOT NULL, "note" varchar(400) NOT NULL, "chosen_at" datetime NOT NULL, "chosen_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "quote_id" bigint NOT NULL REFERENCES "quotes_quote" ("id") DEFERRABLE INITIALLY DEFERRED, "disposition_id" bigint NULL REFERENCES "quotes_disposition" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE INDEX "quotes_choice_chosen_by_id_84cde633" ON "quotes_choice" ("chosen_by_id");

CREATE INDEX "quotes_choice_quote_id_7733afdb" ON "quotes_choice" ("quote_id");

CREATE INDEX "quotes_choice_disposition_id_a45fb2e7" ON "quotes_choice" ("disposition_id");

CREATE TABLE "quotes_disposition" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "option" varchar(20) NOT NULL, "description" varchar(200) NOT NULL, "price_minor" bigint NOT NULL, "currency" varchar(3) NOT NULL, "category" varchar(30) NOT NULL, "offered_at" datetime NOT NULL, "ordered_at" datetime NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "evidence_id" bigint NULL REFERENCES "kernel_file" ("id") DEFERRABLE INITIALLY DEFERRED, "offered_by_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "ordered_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "quote_id" bigint NOT NULL REFERENCES "quotes_quote" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "disposition_at_proven_cost" CHECK (("price_minor" = 0 OR ("evidence_id" IS NOT NULL AND "price_minor" > 0))), CONSTRAINT "disposition_of_things" CHECK ("option" IN ('return', 'destroy')), CONSTRAINT "disposition_ordered_whole" CHECK ((("ordered_at" IS NULL AND "ordered_by_id" IS NULL) OR ("ordered_at" IS NOT NULL AND "ordered_by_id" IS NOT NULL))));

CREATE INDEX "quotes_disposition_engagement_id_9d280d8d" ON "quotes_disposition" ("engagement_id");

CREATE INDEX "quotes_disposition_evidence_id_edf68a8f" ON "quotes_disposition" ("evidence_id");

CREATE INDEX "quotes_disposition_offered_by_id_7a06c019" ON "quotes_disposition" ("offered_by_id");

CREATE INDEX "quotes_disposition_ordered_by_id_b648a749" ON "quotes_disposition" ("ordered_by_id");

CREATE INDEX "quotes_disposition_quote_id_b701b51f" ON "quotes_disposition" ("quote_id");

CREATE UNIQUE INDEX "disposition_ordered_once" ON "quotes_disposition" ("engagement_id") WHERE "ordered_at" IS NOT NULL;

CREATE TABLE "work_workorder" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "number" varchar(20) NOT NULL, "status" varchar(12) NOT NULL, "place" varchar(10) NOT NULL, "planned_start" datetime NOT NULL, "planned_end" datetime NOT NULL, "planned_at" datetime NOT NULL, "started_at" datetime NULL, "ended_at" datetime NULL, "ending" text NOT NULL, "change_id" bigint NULL REFERENCES "changes_change" ("id") DEFERRABLE INITIALLY DEFERRED, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "planned_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "started_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "unbilled_reason" varchar(300) NOT NULL, CONSTRAINT "work_order_number_once" UNIQUE ("engagement_id", "number"), CONSTRAINT "work_order_forward" CHECK ("planned_end" > ("planned_start")));

CREATE UNIQUE INDEX "work_order_one_live" ON "work_workorder" ("engagement_id") WHERE "status" IN ('PLANNED', 'WORKING', 'PAUSED');

CREATE INDEX "work_workorder_change_id_3862d330" ON "work_workorder" ("change_id");

CREATE INDEX "work_workorder_engagement_id_b3f3748e" ON "work_workorder" ("engagement_id");

CREATE INDEX "work_workorder_planned_by_id_f7934f9f" ON "work_workorder" ("planned_by_id");

CREATE INDEX "work_workorder_started_by_id_caa19aa3" ON "work_workorder" ("started_by_id");

CREATE TABLE "work_owncost" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "kind" varchar(10) NOT NULL, "description" varchar(200) NOT NULL, "reason" varchar(300) NOT NULL, "amount_minor" bigint NOT NULL, "currency" varchar(3) NOT NULL, "noted_at" datetime NOT NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "noted_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "receipt_id" bigint NULL REFERENCES "kernel_file" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "own_cost_not_negative" CHECK ("amount_minor" >= 0));

CREATE INDEX "work_owncost_engagement_id_4409eb17" ON "work_owncost" ("engagement_id");

CREATE INDEX "work_owncost_noted_by_id_01b11004" ON "work_owncost" ("noted_by_id");

CREATE INDEX "work_owncost_receipt_id_2f761579" ON "work_owncost" ("receipt_id");

CREATE TABLE "work_timeentry" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "level" smallint NOT NULL, "kind" varchar(20) NOT NULL, "started_at" datetime NOT NULL, "ended_at" datetime NULL, "note" varchar(400) NOT NULL, "evidence_id" bigint NULL REFERENCES "kernel_file" ("id") DEFERRABLE INITIALLY DEFERRED, "technician_id" bigint NOT NULL REFERENCES "roster_technician" ("id") DEFERRABLE INITIALLY DEFERRED, "order_id" bigint NOT NULL REFERENCES "work_workorder" ("id") DEFERRABLE INITIALLY DEFERRED, "change_order_id" bigint NULL REFERENCES "quotes_quote" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "time_entry_forward" CHECK (("ended_at" IS NULL OR "ended_at" > ("started_at"))), CONSTRAINT "time_entry_waiting_proven" CHECK (("kind" = 'working' OR "evidence_id" IS NOT NULL)), CONSTRAINT "time_entry_protects_something" CHECK ((NOT ("kind" = 'protective') OR "change_order_id" IS NOT NULL)));

CREATE INDEX "work_useofline_change_order_id_e3c6f8e4" ON "work_useofline" ("change_order_id");

CREATE UNIQUE INDEX "time_entry_one_clock_each" ON "work_timeentry" ("technician_id") WHERE "ended_at" IS NULL;

CREATE INDEX "work_timeentry_evidence_id_f5816deb" ON "work_timeentry" ("evidence_id");

CREATE INDEX "work_timeentry_technician_id_700409e3" ON "work_timeentry" ("technician_id");

CREATE INDEX "work_timeentry_order_id_591c88fe" ON "work_timeentry" ("order_id");

CREATE INDEX "work_timeentry_change_order_id_dfd8ed66" ON "work_timeentry" ("change_order_id");

CREATE INDEX "time_entry_of_technician" ON "work_timeentry" ("technician_id", "started_at");

CREATE TABLE "work_recovery" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "line" varchar(20) NOT NULL, "wanted" integer unsigned NOT NULL CHECK ("wanted" >= 0), "recovered" integer unsigned NOT NULL CHECK ("recovered" >= 0), "why" text NOT NULL, "confidence" decimal NOT NULL, "reported_at" datetime NOT NULL, "agreed" bool NULL, "takes_files" bool NOT NULL, "note" varchar(400) NOT NULL, "decided_at" datetime NULL, "decided_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "listing_id" bigint NOT NULL REFERENCES "kernel_file" ("id") DEFERRABLE INITIALLY DEFERRED, "reported_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "recovery_within_its_list" CHECK (("confidence" >= '0' AND "confidence" <= '1' AND "recovered" <= ("wanted") AND "wanted" >= 1)), CONSTRAINT "recovery_decided_whole" CHECK ((("agreed" IS NULL AND "decided_at" IS NULL AND "decided_by_id" IS NULL) OR ("agreed" IS NOT NULL AND "decided_at" IS NOT NULL AND "decided_by_id" IS NOT NULL))));

CREATE INDEX "work_recovery_decided_by_id_32dd07d7" ON "work_recovery" ("decided_by_id");

CREATE INDEX "work_recovery_engagement_id_3bd84437" ON "work_recovery" ("engagement_id");

CREATE INDEX "work_recovery_listing_id_58fb2d19" ON "work_recovery" ("listing_id");

CREATE INDEX "work_recovery_reported_by_id_d1954406" ON "work_recovery" ("reported_by_id");

CREATE TABLE "custody_handover" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "direction" varchar(12) NOT NULL, "place" varchar(200) NOT NULL, "note" varchar(400) NOT NULL, "done_at" datetime NOT NULL, "signed_at" datetime NULL, "done_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "signed_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "handover_signed_whole" CHECK ((("signed_at" IS NULL AND "signed_by_id" IS NULL) OR ("signed_at" IS NOT NULL AND "signed_by_id" IS NOT NULL))));

CREATE INDEX "custody_handover_done_by_id_bb393c63" ON "custody_handover" ("done_by_id");

CREATE INDEX "custody_handover_engagement_id_5210cc8f" ON "custody_handover" ("engagement_id");

CREATE INDEX "custody_handover_signed_by_id_2b13635c" ON "custody_handover" ("signed_by_id");

CREATE TABLE "custody_custodyitem" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "number" integer unsigned NOT NULL CHECK ("number" >= 0), "position" varchar(60) NOT NULL, "description" varchar(200) NOT NULL, "maker" varchar(80) NOT NULL, "model" varchar(80) NOT NULL, "serial" varchar(80) NOT NULL, "seal" varchar(60) NOT NULL, "condition" varchar(300) NOT NULL, "status" varchar(12) NOT NULL, "decision" varchar(10) NOT NULL, "decision_reason" varchar(400) NOT NULL, "decided_at" datetime NULL, "destroyed_at" datetime NULL, "destruction" varchar(400) NOT NULL, "decided_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "destroyed_evidence_id" bigint NULL REFERENCES "kernel_file" ("id") DEFERRABLE INITIALLY DEFERRED, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "holder_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, "handed_back_id" bigint NULL REFERENCES "custody_handover" ("id") DEFERRABLE INITIALLY DEFERRED, "taken_id" bigint NOT NULL REFERENCES "custody_handover" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "custody_serial_once" UNIQUE ("engagement_id", "serial"), CONSTRAINT "custody_seal_once" UNIQUE ("engagement_id", "seal"), CONSTRAINT "custody_item_sealed" CHECK ((NOT ("serial" = '') AND NOT ("seal" = ''))), CONSTRAINT "custody_ends_as_decided" CHECK ((("destroyed_at" IS NULL AND "handed_back_id" IS NULL AND "status" = 'IN_CUSTODY') OR ("decision" = 'return' AND "destroyed_at" IS NULL AND "handed_back_id" IS NOT NULL AND "status" = 'RETURNED') OR ("decision" = 'destroy' AND "destroyed_at" IS NOT NULL AND "handed_back_id" IS NULL AND "status" = 'DESTROYED'))));

CREATE INDEX "custody_custodyitem_decided_by_id_77a1af26" ON "custody_custodyitem" ("decided_by_id");

CREATE INDEX "custody_custodyitem_destroyed_evidence_id_96c4db01" ON "custody_custodyitem" ("destroyed_evidence_id");

CREATE INDEX "custody_custodyitem_engagement_id_ebb5b7b3" ON "custody_custodyitem" ("engagement_id");

CREATE INDEX "custody_custodyitem_holder_id_644569aa" ON "custody_custodyitem" ("holder_id");

CREATE INDEX "custody_custodyitem_handed_back_id_05a48b06" ON "custody_custodyitem" ("handed_back_id");

CREATE INDEX "custody_custodyitem_taken_id_b1681059" ON "custody_custodyitem" ("taken_id");

CREATE TABLE "diagnosis_forensicextension" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "status" varchar(10) NOT NULL, "hours" decimal NOT NULL, "amount_minor" bigint NOT NULL, "currency" varchar(3) NOT NULL, "derivation" varchar(200) NOT NULL, "known" text NOT NULL, "plan" text NOT NULL, "sha256" varchar(64) NOT NULL, "asked_at" datetime NOT NULL, "ended_at" datetime NULL, "begun_at" datetime NULL, "asked_by_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "forensic_extension_is_something" CHECK (("hours" > '0' AND "amount_minor" > 0)), CONSTRAINT "forensic_extension_approved_first" CHECK (("begun_at" IS NULL OR ("begun_at" >= ("ended_at") AND "status" = 'APPROVED'))));

CREATE UNIQUE INDEX "forensic_extension_one_asked" ON "diagnosis_forensicextension" ("engagement_id") WHERE "status" = 'ASKED';

CREATE INDEX "diagnosis_forensicextension_asked_by_id_1d660312" ON "diagnosis_forensicextension" ("asked_by_id");

CREATE INDEX "diagnosis_forensicextension_engagement_id_50f95fbb" ON "diagnosis_forensicextension" ("engagement_id");

CREATE TABLE "diagnosis_rootcause" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "number" varchar(20) NOT NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "status" varchar(20) NOT NULL, "summary" text NOT NULL, "symptoms" text NOT NULL, "root_cause" text NOT NULL, "failure_mode" varchar(80) NOT NULL, "confidence" decimal NOT NULL, "inconclusive" bool NOT NULL, "findings" text NOT NULL CHECK ((JSON_VALID("findings") OR "findings" IS NULL)), "contributing" text NOT NULL CHECK ((JSON_VALID("contributing") OR "contributing" IS NULL)), "excluded" text NOT NULL CHECK ((JSON_VALID("excluded") OR "excluded" IS NULL)), "timeline" text NOT NULL CHECK ((JSON_VALID("timeline") OR "timeline" IS NULL)), "options" text NOT NULL CHECK ((JSON_VALID("options") OR "options" IS NULL)), "scope_affected" text NOT NULL, "actions_now" text NOT NULL, "prevention" text NOT NULL, "limits" text NOT NULL, "drafted_at" datetime NOT NULL, "peer_needed" varchar(120) NOT NULL, "reviewed_at" datetime NULL, "review_note" text NOT NULL, "issued_at" datetime NULL, "canonical" text NULL CHECK ((JSON_VALID("canonical") OR "canonical" IS NULL)), "sha256" varchar(64) NOT NULL, "author_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "reviewer_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "opinion_asked_at" datetime NULL, CONSTRAINT "root_cause_version_once" UNIQUE ("engagement_id", "version"), CONSTRAINT "root_cause_confidence" CHECK (("confidence" >= '0' AND "confidence" <= '1')), CONSTRAINT "root_cause_frozen" CHECK ((NOT ("status" = 'ISSUED') OR (NOT ("sha256" = '') AND "issued_at" IS NOT NULL))), CONSTRAINT "root_cause_opinion_on_inconclusive" CHECK (("opinion_asked_at" IS NULL OR ("inconclusive" AND "status" = 'ISSUED'))));

CREATE INDEX "diagnosis_rootcause_author_id_f12d5758" ON "diagnosis_rootcause" ("author_id");

CREATE INDEX "diagnosis_rootcause_engagement_id_aa4e9fed" ON "diagnosis_rootcause" ("engagement_id");

CREATE INDEX "diagnosis_rootcause_reviewer_id_84593dda" ON "diagnosis_rootcause" ("reviewer_id");

CREATE TABLE "diagnosis_dossierentry" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "kind" varchar(20) NOT NULL, "title" varchar(120) NOT NULL, "text" text NOT NULL, "confirmed_at" datetime NOT NULL, "removed_at" datetime NULL, "asset_id" bigint NULL REFERENCES "assets_asset" ("id") DEFERRABLE INITIALLY DEFERRED, "client_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, "noted_by_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "site_id" bigint NOT NULL REFERENCES "parties_site" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE TABLE "diagnosis_dossierreading" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "entries" text NOT NULL CHECK ((JSON_VALID("entries") OR "entries" IS NULL)), "read_at" datetime NOT NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE TABLE "diagnosis_dossierreveal" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "kind" varchar(20) NOT NULL, "revealed_at" datetime NOT NULL, "withdrawn_at" datetime NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "revealed_by_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE INDEX "diagnosis_dossierentry_asset_id_cd9e270a" ON "diagnosis_dossierentry" ("asset_id");

CREATE INDEX "diagnosis_dossierentry_client_id_8e337ec8" ON "diagnosis_dossierentry" ("client_id");

CREATE INDEX "diagnosis_dossierentry_noted_by_id_37a281f2" ON "diagnosis_dossierentry" ("noted_by_id");

CREATE INDEX "diagnosis_dossierentry_site_id_a16f6ed6" ON "diagnosis_dossierentry" ("site_id");

CREATE INDEX "diagnosis_dossierreading_engagement_id_cad6cf47" ON "diagnosis_dossierreading" ("engagement_id");

CREATE INDEX "diagnosis_dossierreading_person_id_e4056a27" ON "diagnosis_dossierreading" ("person_id");

CREATE UNIQUE INDEX "dossier_revealed_once" ON "diagnosis_dossierreveal" ("engagement_id", "kind") WHERE "withdrawn_at" IS NULL;

CREATE INDEX "diagnosis_dossierreveal_engagement_id_d00ee13b" ON "diagnosis_dossierreveal" ("engagement_id");

CREATE INDEX "diagnosis_dossierreveal_revealed_by_id_e27b73ee" ON "diagnosis_dossierreveal" ("revealed_by_id");

CREATE TABLE "assets_cover" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "domains" text NOT NULL CHECK ((JSON_VALID("domains") OR "domains" IS NULL)), "kind" varchar(20) NOT NULL, "holder" varchar(120) NOT NULL, "reference" varchar(80) NOT NULL, "phone" varchar(40) NOT NULL, "promise" varchar(400) NOT NULL, "valid_from" date NOT NULL, "valid_until" date NULL, "registered_at" datetime NOT NULL, "ended_on" date NULL, "end_reason" varchar(200) NOT NULL, "asset_id" bigint NULL REFERENCES "assets_asset" ("id") DEFERRABLE INITIALLY DEFERRED, "client_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, "site_id" bigint NULL REFERENCES "parties_site" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "cover_period" CHECK (("valid_until" IS NULL OR "valid_until" >= ("valid_from"))), CONSTRAINT "cover_of_one_thing" CHECK (("asset_id" IS NULL OR "site_id" IS NULL)));

CREATE INDEX "assets_cover_asset_id_867de5e5" ON "assets_cover" ("asset_id");

CREATE INDEX "assets_cover_client_id_2d67a6d2" ON "assets_cover" ("client_id");

CREATE INDEX "assets_cover_site_id_27c1cc70" ON "assets_cover" ("site_id");

CREATE INDEX "cover_of_client" ON "assets_cover" ("client_id", "valid_until");

CREATE TABLE "django_content_type" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app_label" varchar(100) NOT NULL, "model" varchar(100) NOT NULL);

CREATE UNIQUE INDEX "django_content_type_app_label_model_76bd3d3b_uniq" ON "django_content_type" ("app_label", "model");

CREATE TABLE "auth_group_permissions" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "group_id" integer NOT NULL REFERENCES "auth_group" ("id") DEFERRABLE INITIALLY DEFERRED, "permission_id" integer NOT NULL REFERENCES "auth_permission" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE UNIQUE INDEX "auth_group_permissions_group_id_permission_id_0cd325b0_uniq" ON "auth_group_permissions" ("group_id", "permission_id");

CREATE INDEX "auth_group_permissions_group_id_b120cbf9" ON "auth_group_permissions" ("group_id");

CREATE INDEX "auth_group_permissions_permission_id_84c5c92e" ON "auth_group_permissions" ("permission_id");

CREATE TABLE "auth_permission" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "content_type_id" integer NOT NULL REFERENCES "django_content_type" ("id") DEFERRABLE INITIALLY DEFERRED, "codename" varchar(100) NOT NULL, "name" varchar(255) NOT NULL);

CREATE UNIQUE INDEX "auth_permission_content_type_id_codename_01ab375a_uniq" ON "auth_permission" ("content_type_id", "codename");

CREATE INDEX "auth_permission_content_type_id_2f476e4b" ON "auth_permission" ("content_type_id");

CREATE TABLE "auth_group" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(150) NOT NULL UNIQUE);

CREATE UNIQUE INDEX "change_order_one_offer" ON "quotes_quote" ("engagement_id", "number") WHERE ("kind" = 'CHANGE_ORDER' AND "status" IN ('ISSUED', 'APPROVED', 'SETTLED'));

CREATE TABLE "quotes_deposit" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "amount_minor" bigint NOT NULL, "currency" varchar(3) NOT NULL, "asked_at" datetime NOT NULL, "settled_at" datetime NULL, "reference" varchar(120) NOT NULL, "waived_because" varchar(400) NOT NULL, "quote_id" bigint NOT NULL UNIQUE REFERENCES "quotes_quote" ("id") DEFERRABLE INITIALLY DEFERRED, "settled_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "refund_reference" varchar(120) NOT NULL, "refunded_at" datetime NULL, "refunded_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "refunded_minor" bigint NOT NULL, CONSTRAINT "deposit_settled_one_way" CHECK (("amount_minor" > 0 AND (("reference" = '' AND "settled_at" IS NULL AND "settled_by_id" IS NULL AND "waived_because" = '') OR ("settled_at" IS NOT NULL AND "settled_by_id" IS NOT NULL AND ((NOT ("reference" = '') AND "waived_because" = '') OR ("reference" = '' AND NOT ("waived_because" = ''))))))), CONSTRAINT "deposit_refund_of_what_was_paid" CHECK ((("refund_reference" = '' AND "refunded_at" IS NULL AND "refunded_by_id" IS NULL AND "refunded_minor" = 0) OR ("refunded_at" >= ("settled_at") AND "refunded_minor" > 0 AND "refunded_minor" <= ("amount_minor") AND "refunded_at" IS NOT NULL AND "refunded_by_id" IS NOT NULL AND NOT ("refund_reference" = '') AND NOT ("reference" = '')))));

CREATE INDEX "quotes_deposit_settled_by_id_75cacc67" ON "quotes_deposit" ("settled_by_id");

CREATE INDEX "quotes_deposit_refunded_by_id_7b3c1d8e" ON "quotes_deposit" ("refunded_by_id");

CREATE INDEX "incidents_engagement_merged_into_id_6e49f3ad" ON "incidents_engagement" ("merged_into_id");

CREATE TABLE "incidents_pastincident" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "source" varchar(60) NOT NULL, "number" varchar(120) NOT NULL, "title" text NOT NULL, "asset_word" varchar(120) NOT NULL, "priority_word" varchar(60) NOT NULL, "state" varchar(20) NOT NULL, "first_at" datetime NOT NULL, "last_at" datetime NOT NULL, "resolved_at" datetime NULL, "closed_at" datetime NULL, "mid_life" bool NOT NULL, "refused" integer unsigned NOT NULL CHECK ("refused" >= 0), "events" text NOT NULL CHECK ((JSON_VALID("events") OR "events" IS NULL)), "imported_at" datetime NOT NULL, "asset_id" bigint NULL REFERENCES "assets_asset" ("id") DEFERRABLE INITIALLY DEFERRED, "client_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "past_incident_once" UNIQUE ("client_id", "source", "number"), CONSTRAINT "past_incident_in_order" CHECK ("last_at" >= ("first_at")));

CREATE INDEX "incidents_pastincident_asset_id_e54ffd49" ON "incidents_pastincident" ("asset_id");

CREATE INDEX "incidents_pastincident_client_id_c1ddcf07" ON "incidents_pastincident" ("client_id");

CREATE INDEX "past_incident_of_asset" ON "incidents_pastincident" ("asset_id", "first_at");

CREATE TABLE "incidents_escalation" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "kind" varchar(12) NOT NULL, "help_reason" varchar(12) NOT NULL, "why" varchar(400) NOT NULL, "rung" smallint unsigned NOT NULL CHECK ("rung" >= 0), "asks" varchar(60) NOT NULL, "role" varchar(30) NOT NULL, "reachable" integer unsigned NOT NULL CHECK ("reachable" >= 0), "asked_at" datetime NOT NULL, "until" datetime NOT NULL, "acknowledged_at" datetime NULL, "advanced_at" datetime NULL, "advanced_because" varchar(60) NOT NULL, "acknowledged_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "clock_id" bigint NULL REFERENCES "incidents_clock" ("id") DEFERRABLE INITIALLY DEFERRED, "drill_id" bigint NULL REFERENCES "incidents_drill" ("id") DEFERRABLE INITIALLY DEFERRED, "engagement_id" bigint NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "obligation_id" bigint NULL REFERENCES "incidents_obligation" ("id") DEFERRABLE INITIALLY DEFERRED, "organisation_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "escalation_of_one" CHECK ((("drill_id" IS NULL AND "engagement_id" IS NOT NULL) OR ("drill_id" IS NOT NULL AND "engagement_id" IS NULL))), CONSTRAINT "escalation_answered_or_advanced" CHECK (("acknowledged_at" IS NULL OR "advanced_at" IS NULL)));

CREATE INDEX "incidents_escalation_acknowledged_by_id_05906b29" ON "incidents_escalation" ("acknowledged_by_id");

CREATE INDEX "incidents_escalation_clock_id_ba1ffdb6" ON "incidents_escalation" ("clock_id");

CREATE INDEX "incidents_escalation_drill_id_1c6c59e8" ON "incidents_escalation" ("drill_id");

CREATE INDEX "incidents_escalation_engagement_id_c2384e93" ON "incidents_escalation" ("engagement_id");

CREATE INDEX "incidents_escalation_obligation_id_bf0d1f82" ON "incidents_escalation" ("obligation_id");

CREATE INDEX "incidents_escalation_organisation_id_1e8b52ad" ON "incidents_escalation" ("organisation_id");

CREATE INDEX "escalation_of_engagement" ON "incidents_escalation" ("engagement_id", "asked_at");

CREATE TABLE "diagnosis_collectedoutput" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "command" varchar(400) NOT NULL, "outcome" varchar(20) NOT NULL, "exit_code" bigint NULL, "started_at" datetime NOT NULL, "cut" bool NOT NULL, "file_id" bigint NOT NULL REFERENCES "kernel_file" ("id") DEFERRABLE INITIALLY DEFERRED, "collection_id" bigint NOT NULL REFERENCES "diagnosis_collection" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE TABLE "diagnosis_collection" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "nonce" varchar(64) NOT NULL, "allowed_at" datetime NOT NULL, "expires_at" datetime NOT NULL, "keep_until" date NOT NULL, "withdrawn_at" datetime NULL, "handed_in_at" datetime NULL, "system" varchar(20) NOT NULL, "machine" varchar(200) NOT NULL, "allowed_by_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "bundle_id" bigint NULL REFERENCES "kernel_file" ("id") DEFERRABLE INITIALLY DEFERRED, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "handed_in_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "collection_used_once" CHECK ((("bundle_id" IS NULL AND "handed_in_at" IS NULL) OR ("bundle_id" IS NOT NULL AND "handed_in_at" IS NOT NULL AND "nonce" = '' AND "withdrawn_at" IS NULL))));

CREATE INDEX "diagnosis_collectedoutput_file_id_82ab35c2" ON "diagnosis_collectedoutput" ("file_id");

CREATE INDEX "diagnosis_collectedoutput_collection_id_f0d1ffc6" ON "diagnosis_collectedoutput" ("collection_id");

CREATE UNIQUE INDEX "collection_one_open" ON "diagnosis_collection" ("engagement_id") WHERE ("handed_in_at" IS NULL AND "withdrawn_at" IS NULL);

CREATE INDEX "diagnosis_collection_allowed_by_id_ec240444" ON "diagnosis_collection" ("allowed_by_id");

CREATE INDEX "diagnosis_collection_bundle_id_3966a194" ON "diagnosis_collection" ("bundle_id");

CREATE INDEX "diagnosis_collection_engagement_id_c11e852d" ON "diagnosis_collection" ("engagement_id");

CREATE INDEX "diagnosis_collection_handed_in_by_id_9b6f5abd" ON "diagnosis_collection" ("handed_in_by_id");

CREATE TABLE "quotes_tranche" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "kind" varchar(14) NOT NULL, "cap_minor" bigint NOT NULL, "billed_minor" bigint NOT NULL, "currency" varchar(3) NOT NULL, "agreed_at" datetime NOT NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "quote_id" bigint NULL REFERENCES "quotes_quote" ("id") DEFERRABLE INITIALLY DEFERRED, "disposition_id" bigint NULL REFERENCES "quotes_disposition" ("id") DEFERRABLE INITIALLY DEFERRED, "extension_id" bigint NULL REFERENCES "diagnosis_forensicextension" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "tranche_one_per_quote" UNIQUE ("quote_id"), CONSTRAINT "tranche_one_per_disposition" UNIQUE ("disposition_id"), CONSTRAINT "tranche_one_per_extension" UNIQUE ("extension_id"), CONSTRAINT "tranche_never_above_cap" CHECK ((("billed_minor" >= 0 OR "kind" = 'SERVICE_CREDIT') AND "billed_minor" <= ("cap_minor"))), CONSTRAINT "tranche_of_a_quote" CHECK ((("disposition_id" IS NULL AND "extension_id" IS NULL AND "kind" IN ('FORENSIC', 'SERVICE_CREDIT') AND "quote_id" IS NULL) OR ("disposition_id" IS NULL AND "extension_id" IS NOT NULL AND "kind" = 'EXTENSION' AND "quote_id" IS NULL) OR ("disposition_id" IS NOT NULL AND "extension_id" IS NULL AND "kind" = 'DISPOSITION' AND "quote_id" IS NULL) OR ("disposition_id" IS NULL AND "extension_id" IS NULL AND "kind" IN ('BASE', 'CHANGE_ORDER') AND "quote_id" IS NOT NULL))));

CREATE UNIQUE INDEX "tranche_once" ON "quotes_tranche" ("engagement_id", "kind") WHERE "kind" IN ('FORENSIC', 'BASE', 'SERVICE_CREDIT');

CREATE INDEX "quotes_tranche_engagement_id_e7132d15" ON "quotes_tranche" ("engagement_id");

CREATE INDEX "quotes_tranche_quote_id_904f41c0" ON "quotes_tranche" ("quote_id");

CREATE INDEX "quotes_tranche_disposition_id_7b7dc434" ON "quotes_tranche" ("disposition_id");

CREATE INDEX "quotes_tranche_extension_id_b63872a3" ON "quotes_tranche" ("extension_id");

CREATE TABLE "billing_invoice" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "number" varchar(20) NOT NULL, "status" varchar(8) NOT NULL, "currency" varchar(3) NOT NULL, "subtotal_minor" bigint NOT NULL, "tax_minor" bigint NOT NULL, "total_minor" bigint NOT NULL, "issued_at" datetime NOT NULL, "due_on" date NOT NULL, "canonical" text NOT NULL, "sha256" varchar(64) NOT NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "provider_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, "credit_minor" bigint NOT NULL, "kind" varchar(11) NOT NULL, "labour_minor" bigint NOT NULL, "withheld_minor" bigint NOT NULL, "corrects_id" bigint NULL REFERENCES "billing_invoice" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "invoice_number_once" UNIQUE ("provider_id", "number"), CONSTRAINT "invoice_adds_up" CHECK ("total_minor" = ("subtotal_minor" + "tax_minor")), CONSTRAINT "credit_note_corrects_an_invoice" CHECK ((("corrects_id" IS NULL AND "kind" = 'INVOICE' AND "subtotal_minor" >= 0) OR ("corrects_id" IS NOT NULL AND "kind" = 'CREDIT_NOTE' AND "labour_minor" = 0 AND "subtotal_minor" < 0 AND "withheld_minor" = 0))), CONSTRAINT "invoice_credit_not_negative" CHECK (("credit_minor" >= 0 AND "labour_minor" >= 0 AND "withheld_minor" >= 0)), CONSTRAINT "invoice_corrected_once" UNIQUE ("corrects_id"));

CREATE INDEX "billing_invoice_engagement_id_ced34c56" ON "billing_invoice" ("engagement_id");

CREATE INDEX "billing_invoice_provider_id_867dd323" ON "billing_invoice" ("provider_id");

CREATE INDEX "billing_invoice_corrects_id_8155d10c" ON "billing_invoice" ("corrects_id");

CREATE TRIGGER guard_line_only_into_open_invoice BEFORE INSERT ON billing_invoiceline WHEN (SELECT status FROM billing_invoice WHERE id = NEW.invoice_id) = 'ISSUED' BEGIN SELECT RAISE(ABORT, 'an issued invoice takes no more lines'); END;

CREATE TRIGGER guard_line_of_its_own_engagement BEFORE INSERT ON billing_invoiceline WHEN (SELECT engagement_id FROM billing_invoice WHERE id = NEW.invoice_id) <> (SELECT engagement_id FROM quotes_tranche WHERE id = NEW.tranche_id) BEGIN SELECT RAISE(ABORT, 'a line belongs to a tranche of its own engagement'); END;

CREATE TRIGGER guard_line_never_changes BEFORE UPDATE ON billing_invoiceline WHEN (SELECT status FROM billing_invoice WHERE id = OLD.invoice_id) = 'ISSUED' OR (SELECT status FROM billing_invoice WHERE id = NEW.invoice_id) = 'ISSUED' BEGIN SELECT RAISE(ABORT, 'lines of an issued invoice never change'); END;

CREATE TRIGGER guard_line_never_goes BEFORE DELETE ON billing_invoiceline WHEN (SELECT status FROM billing_invoice WHERE id = OLD.invoice_id) = 'ISSUED' BEGIN SELECT RAISE(ABORT, 'lines of an issued invoice never go'); END;

CREATE TRIGGER guard_invoice_begins_open BEFORE INSERT ON billing_invoice WHEN NEW.status = 'ISSUED' BEGIN SELECT RAISE(ABORT, 'an invoice is issued, not inserted'); END;

CREATE TRIGGER guard_invoice_never_changes BEFORE UPDATE ON billing_invoice WHEN OLD.status = 'ISSUED' BEGIN SELECT RAISE(ABORT, 'an issued invoice never changes'); END;

CREATE TRIGGER guard_invoice_adds_up BEFORE UPDATE ON billing_invoice WHEN NEW.status = 'ISSUED' AND NEW.subtotal_minor <> (SELECT COALESCE(SUM(amount_minor), 0) FROM billing_invoiceline WHERE invoice_id = NEW.id) BEGIN SELECT RAISE(ABORT, 'an invoice is the sum of its lines'); END;

CREATE TRIGGER guard_invoice_of_its_own_engagement BEFORE UPDATE ON billing_invoice WHEN NEW.status = 'ISSUED' AND EXISTS (SELECT 1 FROM billing_invoiceline l JOIN quotes_tranche t ON t.id = l.tranche_id WHERE l.invoice_id = NEW.id AND (t.engagement_id <> NEW.engagement_id OR t.currency <> NEW.currency OR l.currency <> NEW.currency)) BEGIN SELECT RAISE(ABORT, 'an invoice bills its own engagement in the currency of its caps'); END;

CREATE TRIGGER guard_invoice_taxed_in_reason BEFORE UPDATE ON billing_invoice WHEN NEW.status = 'ISSUED' AND ABS(NEW.tax_minor) > ABS(NEW.subtotal_minor) BEGIN SELECT RAISE(ABORT, 'a tax above the sum it is charged on is no tax'); END;

CREATE TRIGGER guard_invoice_never_goes BEFORE DELETE ON billing_invoice WHEN OLD.status = 'ISSUED' BEGIN SELECT RAISE(ABORT, 'an issued invoice never goes'); END;

CREATE TRIGGER guard_tranche_tells_what_was_billed BEFORE UPDATE ON quotes_tranche WHEN NEW.billed_minor <> (SELECT COALESCE(SUM(l.amount_minor), 0) FROM billing_invoiceline l JOIN billing_invoice i ON i.id = l.invoice_id WHERE l.tranche_id = NEW.id AND i.status = 'ISSUED') BEGIN SELECT RAISE(ABORT, 'what was billed is the sum of the issued lines, nothing else'); END;

CREATE TRIGGER guard_tranche_never_goes BEFORE DELETE ON quotes_tranche WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'a tranche never goes'); END;

CREATE TRIGGER guard_issuing AFTER UPDATE ON billing_invoice WHEN NEW.status = 'ISSUED' AND OLD.status <> 'ISSUED' BEGIN UPDATE quotes_tranche SET billed_minor = billed_minor + (SELECT SUM(amount_minor) FROM billing_invoiceline WHERE invoice_id = NEW.id AND tranche_id = quotes_tranche.id) WHERE id IN (SELECT tranche_id FROM billing_invoiceline WHERE invoice_id = NEW.id); END;

CREATE TRIGGER guard_round_never_changes BEFORE UPDATE ON approvals_round WHEN NEW.subject <> OLD.subject OR NEW.subject_sha256 <> OLD.subject_sha256 OR NEW.purpose <> OLD.purpose OR NEW.engagement_id <> OLD.engagement_id OR (OLD.status <> 'OPEN' AND NEW.status <> OLD.status) BEGIN SELECT RAISE(ABORT, 'what a round asked about and how it ended never changes'); END;

CREATE TRIGGER guard_round_never_goes BEFORE DELETE ON approvals_round WHEN OLD.status <> 'OPEN' BEGIN SELECT RAISE(ABORT, 'a round that ended never goes'); END;

CREATE TRIGGER guard_quote_never_changes BEFORE UPDATE ON quotes_quote WHEN OLD.issued_at IS NOT NULL AND (NEW.issued_at <> OLD.issued_at OR (NEW.issued_at IS NULL) <> (OLD.issued_at IS NULL) OR NEW.canonical <> OLD.canonical OR (NEW.canonical IS NULL) <> (OLD.canonical IS NULL) OR NEW.sha256 <> OLD.sha256 OR (NEW.sha256 IS NULL) <> (OLD.sha256 IS NULL) OR NEW.engagement_id <> OLD.engagement_id OR (NEW.engagement_id IS NULL) <> (OLD.engagement_id IS NULL) OR NEW.number <> OLD.number OR (NEW.number IS NULL) <> (OLD.number IS NULL) OR NEW.version <> OLD.version OR (NEW.version IS NULL) <> (OLD.version IS NULL) OR NEW.currency <> OLD.currency OR (NEW.currency IS NULL) <> (OLD.currency IS NULL) OR NEW.mode <> OLD.mode OR (NEW.mode IS NULL) <> (OLD.mode IS NULL) OR NEW.valid_until <> OLD.valid_until OR (NEW.valid_until IS NULL) <> (OLD.valid_until IS NULL) OR NEW.q_minor <> OLD.q_minor OR (NEW.q_minor IS NULL) <> (OLD.q_minor IS NULL) OR NEW.n_minor <> OLD.n_minor OR (NEW.n_minor IS NULL) <> (OLD.n_minor IS NULL) OR NEW.p50_minor <> OLD.p50_minor OR (NEW.p50_minor IS NULL) <> (OLD.p50_minor IS NULL) OR NEW.p80_minor <> OLD.p80_minor OR (NEW.p80_minor IS NULL) <> (OLD.p80_minor IS NULL) OR NEW.p90_minor <> OLD.p90_minor OR (NEW.p90_minor IS NULL) <> (OLD.p90_minor IS NULL) OR NEW.credit_minor <> OLD.credit_minor OR (NEW.credit_minor IS NULL) <> (OLD.credit_minor IS NULL) OR NEW.tax_minor <> OLD.tax_minor OR (NEW.tax_minor IS NULL) <> (OLD.tax_minor IS NULL) OR NEW.exposure_minor <> OLD.exposure_minor OR (NEW.exposure_minor IS NULL) <> (OLD.exposure_minor IS NULL) OR NEW.cash_out_minor <> OLD.cash_out_minor OR (NEW.cash_out_minor IS NULL) <> (OLD.cash_out_minor IS NULL)) BEGIN SELECT RAISE(ABORT, 'an issued quote never changes'); END;

CREATE TRIGGER guard_quote_never_goes BEFORE DELETE ON quotes_quote WHEN OLD.issued_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'an issued quote never goes'); END;

CREATE TRIGGER guard_quote_inserted_with_its_round BEFORE INSERT ON quotes_quote WHEN NEW.status = 'APPROVED' AND NOT EXISTS (SELECT 1 FROM approvals_round r JOIN approvals_seat s ON s.round_id = r.id WHERE r.subject = 'quote/' || NEW.id AND r.subject_sha256 = NEW.sha256 AND r.engagement_id = NEW.engagement_id AND r.purpose = 'quote' AND r.status = 'APPROVED' AND s.decided_by_id IS NOT NULL AND s.state IN ('APPROVED', 'BYPASSED_EMERGENCY', 'RATIFIED', 'RATIFICATION_REFUSED')) BEGIN SELECT RAISE(ABORT, 'a quote is approved by those who were asked about it'); END;

CREATE TRIGGER guard_quote_approved_with_its_round BEFORE UPDATE ON quotes_quote WHEN NEW.status = 'APPROVED' AND OLD.status <> 'APPROVED' AND NOT EXISTS (SELECT 1 FROM approvals_round r JOIN approvals_seat s ON s.round_id = r.id WHERE r.subject = 'quote/' || NEW.id AND r.subject_sha256 = NEW.sha256 AND r.engagement_id = NEW.engagement_id AND r.purpose = 'quote' AND r.status = 'APPROVED' AND s.decided_by_id IS NOT NULL AND s.state IN ('APPROVED', 'BYPASSED_EMERGENCY', 'RATIFIED', 'RATIFICATION_REFUSED')) BEGIN SELECT RAISE(ABORT, 'a quote is approved by those who were asked about it'); END;

CREATE TRIGGER guard_tranche_of_its_kind BEFORE INSERT ON quotes_tranche WHEN NEW.kind <> 'FORENSIC' AND (NEW.kind = 'CHANGE_ORDER') <> ((SELECT kind FROM quotes_quote WHERE id = NEW.quote_id) = 'CHANGE_ORDER') BEGIN SELECT RAISE(ABORT, 'a change order is a tranche beside the base, the quote is the base'); END;

CREATE TRIGGER guard_quote_stays_what_it_is BEFORE UPDATE ON quotes_quote WHEN OLD.issued_at IS NOT NULL AND NEW.kind <> OLD.kind BEGIN SELECT RAISE(ABORT, 'an issued quote never changes'); END;

CREATE TRIGGER guard_change_order_never_changes BEFORE UPDATE ON quotes_changeorder WHEN EXISTS (SELECT 1 FROM quotes_quote WHERE id = OLD.quote_id AND issued_at IS NOT NULL) BEGIN SELECT RAISE(ABORT, 'what an issued change order rests on never changes'); END;

CREATE TRIGGER guard_disposition_begins_offered BEFORE INSERT ON quotes_disposition WHEN NEW.ordered_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a disposition is offered, then ordered'); END;

CREATE TRIGGER guard_disposition_ordered_by_the_client BEFORE UPDATE ON quotes_disposition WHEN NEW.ordered_at IS NOT NULL AND OLD.ordered_at IS NULL AND NOT COALESCE((SELECT organisation_id FROM parties_person WHERE id = NEW.ordered_by_id) = (SELECT client_id FROM incidents_engagement WHERE id = NEW.engagement_id), FALSE) BEGIN SELECT RAISE(ABORT, 'a disposition is ordered by somebody of the client'); END;

CREATE TRIGGER guard_disposition_never_changes BEFORE UPDATE ON quotes_disposition WHEN NEW.price_minor <> OLD.price_minor OR NEW.currency <> OLD.currency OR NEW.option <> OLD.option OR NEW.engagement_id <> OLD.engagement_id OR NEW.quote_id <> OLD.quote_id OR (OLD.ordered_at IS NOT NULL AND (NEW.ordered_at IS NULL OR NEW.ordered_at <> OLD.ordered_at)) BEGIN SELECT RAISE(ABORT, 'the price of a disposition never changes; another price is another offer'); END;

CREATE TRIGGER guard_disposition_never_goes BEFORE DELETE ON quotes_disposition WHEN OLD.ordered_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'an ordered disposition never goes'); END;

CREATE TRIGGER guard_tranche_never_changes BEFORE UPDATE ON quotes_tranche WHEN NEW.cap_minor <> OLD.cap_minor OR NEW.kind <> OLD.kind OR NEW.engagement_id <> OLD.engagement_id OR NEW.currency <> OLD.currency OR COALESCE(NEW.quote_id, 0) <> COALESCE(OLD.quote_id, 0) OR COALESCE(NEW.disposition_id, 0) <> COALESCE(OLD.disposition_id, 0) OR COALESCE(NEW.extension_id, 0) <> COALESCE(OLD.extension_id, 0) BEGIN SELECT RAISE(ABORT, 'a cap never changes; more work is a new approved change order'); END;

CREATE TRIGGER guard_extension_inserted_with_its_round BEFORE INSERT ON diagnosis_forensicextension WHEN NEW.status = 'APPROVED' AND NOT EXISTS (SELECT 1 FROM approvals_round r JOIN approvals_seat s ON s.round_id = r.id WHERE r.subject = 'forensic_extension/' || NEW.id AND r.subject_sha256 = NEW.sha256 AND r.engagement_id = NEW.engagement_id AND r.purpose = 'forensic_extension' AND r.status = 'APPROVED' AND s.decided_by_id IS NOT NULL AND s.state = 'APPROVED') BEGIN SELECT RAISE(ABORT, 'further diagnosis is approved by those who were asked about it'); END;

CREATE TRIGGER guard_extension_approved_with_its_round BEFORE UPDATE ON diagnosis_forensicextension WHEN OLD.status <> 'APPROVED' AND NEW.status = 'APPROVED' AND NOT EXISTS (SELECT 1 FROM approvals_round r JOIN approvals_seat s ON s.round_id = r.id WHERE r.subject = 'forensic_extension/' || NEW.id AND r.subject_sha256 = NEW.sha256 AND r.engagement_id = NEW.engagement_id AND r.purpose = 'forensic_extension' AND r.status = 'APPROVED' AND s.decided_by_id IS NOT NULL AND s.state = 'APPROVED') BEGIN SELECT RAISE(ABORT, 'further diagnosis is approved by those who were asked about it'); END;

CREATE TRIGGER guard_extension_never_changes BEFORE UPDATE ON diagnosis_forensicextension WHEN NEW.engagement_id <> OLD.engagement_id OR (NEW.engagement_id IS NULL) <> (OLD.engagement_id IS NULL) OR NEW.hours <> OLD.hours OR (NEW.hours IS NULL) <> (OLD.hours IS NULL) OR NEW.amount_minor <> OLD.amount_minor OR (NEW.amount_minor IS NULL) <> (OLD.amount_minor IS NULL) OR NEW.currency <> OLD.currency OR (NEW.currency IS NULL) <> (OLD.currency IS NULL) OR NEW.derivation <> OLD.derivation OR (NEW.derivation IS NULL) <> (OLD.derivation IS NULL) OR NEW.known <> OLD.known OR (NEW.known IS NULL) <> (OLD.known IS NULL) OR NEW.plan <> OLD.plan OR (NEW.plan IS NULL) <> (OLD.plan IS NULL) OR NEW.sha256 <> OLD.sha256 OR (NEW.sha256 IS NULL) <> (OLD.sha256 IS NULL) OR NEW.asked_at <> OLD.asked_at OR (NEW.asked_at IS NULL) <> (OLD.asked_at IS NULL) OR (OLD.status <> 'ASKED' AND NEW.status <> OLD.status) BEGIN SELECT RAISE(ABORT, 'what was asked and answered about further diagnosis never changes'); END;

CREATE TRIGGER guard_extension_never_goes BEFORE DELETE ON diagnosis_forensicextension WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'what was asked never goes'); END;

CREATE TRIGGER guard_tranche_begins_agreed BEFORE INSERT ON quotes_tranche WHEN NEW.billed_minor <> 0 OR (NEW.kind = 'FORENSIC' AND NEW.cap_minor <> COALESCE((SELECT charged_minor FROM incidents_forensicfee WHERE engagement_id = NEW.engagement_id), -1)) OR (NEW.kind = 'EXTENSION' AND NEW.cap_minor <> COALESCE((SELECT amount_minor FROM diagnosis_forensicextension WHERE id = NEW.extension_id AND engagement_id = NEW.engagement_id AND currency = NEW.currency AND status = 'APPROVED' AND begun_at IS NOT NULL), -1)) OR (NEW.kind = 'DISPOSITION' AND NEW.cap_minor <> COALESCE((SELECT d.price_minor FROM quotes_disposition d JOIN quotes_quote q ON q.id = d.quote_id WHERE d.id = NEW.disposition_id AND d.engagement_id = NEW.engagement_id AND d.currency = NEW.currency AND d.ordered_at IS NOT NULL AND q.engagement_id = d.engagement_id AND q.status IN ('REJECTED', 'EXPIRED')), -1)) OR (NEW.kind NOT IN ('FORENSIC', 'EXTENSION', 'DISPOSITION', 'SERVICE_CREDIT') AND NEW.cap_minor <> COALESCE((SELECT n_minor FROM quotes_quote WHERE id = NEW.quote_id AND engagement_id = NEW.engagement_id AND status = 'APPROVED'), -1)) OR (NEW.kind = 'SERVICE_CREDIT' AND NEW.cap_minor <> 0) BEGIN SELECT RAISE(ABORT, 'a tranche is exactly what was approved'); END;

CREATE TRIGGER guard_credit_note_within_withheld BEFORE UPDATE ON billing_invoice WHEN NEW.status = 'ISSUED' AND NEW.kind = 'CREDIT_NOTE' AND -NEW.subtotal_minor > COALESCE((SELECT withheld_minor FROM billing_invoice WHERE id = NEW.corrects_id AND status = 'ISSUED' AND kind = 'INVOICE' AND subtotal_minor >= -NEW.subtotal_minor AND currency = NEW.currency AND provider_id = NEW.provider_id AND engagement_id = NEW.engagement_id), -1) BEGIN SELECT RAISE(ABORT, 'a credit note gives back what was withheld, no more'); END;

CREATE TRIGGER guard_credit_note_of_credits_only BEFORE UPDATE ON billing_invoice WHEN NEW.status = 'ISSUED' AND NEW.kind = 'CREDIT_NOTE' AND EXISTS (SELECT 1 FROM billing_invoiceline l JOIN quotes_tranche t ON t.id = l.tranche_id WHERE l.invoice_id = NEW.id AND t.kind <> 'SERVICE_CREDIT') BEGIN SELECT RAISE(ABORT, 'a credit note touches no cap'); END;

CREATE TRIGGER guard_invoice_tells_no_labour_that_it_does_not_bill BEFORE UPDATE ON billing_invoice WHEN NEW.status = 'ISSUED' AND NEW.labour_minor > (SELECT COALESCE(SUM(amount_minor), 0) FROM billing_invoiceline WHERE invoice_id = NEW.id AND amount_minor > 0) BEGIN SELECT RAISE(ABORT, 'no more labour than an invoice bills'); END;

CREATE TRIGGER guard_invoice_tells_its_credit BEFORE UPDATE ON billing_invoice WHEN NEW.status = 'ISSUED' AND NEW.credit_minor <> -(SELECT COALESCE(SUM(l.amount_minor), 0) FROM billing_invoiceline l JOIN quotes_tranche t ON t.id = l.tranche_id WHERE l.invoice_id = NEW.id AND t.kind = 'SERVICE_CREDIT') BEGIN SELECT RAISE(ABORT, 'the credit that an invoice tells is the one on its lines'); END;

CREATE TABLE "incidents_drill" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "scenario" varchar(300) NOT NULL, "started_at" datetime NOT NULL, "ended_at" datetime NULL, "client_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, "provider_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, "started_by_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "ended_because" varchar(300) NOT NULL);

CREATE UNIQUE INDEX "drill_one_at_a_time" ON "incidents_drill" ("provider_id", "client_id") WHERE "ended_at" IS NULL;

CREATE INDEX "incidents_drill_client_id_63323b2c" ON "incidents_drill" ("client_id");

CREATE INDEX "incidents_drill_provider_id_35f440ec" ON "incidents_drill" ("provider_id");

CREATE INDEX "incidents_drill_started_by_id_9ace4238" ON "incidents_drill" ("started_by_id");

CREATE TABLE "incidents_hold" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "reason" varchar(30) NOT NULL, "note" text NOT NULL, "question" text NOT NULL, "answer" text NOT NULL, "vendor_ref" varchar(80) NOT NULL, "window_id" varchar(80) NOT NULL, "expected_until" datetime NULL, "started_at" datetime NOT NULL, "ended_at" datetime NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "reminded_at" datetime NULL, "reminders" integer unsigned NOT NULL CHECK ("reminders" >= 0));

CREATE UNIQUE INDEX "hold_one_at_a_time" ON "incidents_hold" ("engagement_id") WHERE "ended_at" IS NULL;

CREATE INDEX "incidents_hold_engagement_id_1e006e90" ON "incidents_hold" ("engagement_id");

CREATE TABLE "incidents_pauseproposal" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "reason" varchar(30) NOT NULL, "note" text NOT NULL, "started_at" datetime NOT NULL, "ended_at" datetime NOT NULL, "proposed_at" datetime NOT NULL, "decided_at" datetime NULL, "consented" bool NULL, "decision_note" varchar(300) NOT NULL, "decided_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "hold_id" bigint NULL REFERENCES "incidents_hold" ("id") DEFERRABLE INITIALLY DEFERRED, "proposed_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "question" text NOT NULL, "vendor_ref" varchar(80) NOT NULL, "window_id" varchar(80) NOT NULL, CONSTRAINT "pause_proposal_period" CHECK ("ended_at" > ("started_at")), CONSTRAINT "pause_proposal_decided" CHECK ((("consented" IS NULL AND "decided_at" IS NULL) OR ("consented" IS NOT NULL AND "decided_at" IS NOT NULL))));

CREATE UNIQUE INDEX "pause_proposal_one_at_a_time" ON "incidents_pauseproposal" ("engagement_id") WHERE "decided_at" IS NULL;

CREATE INDEX "incidents_pauseproposal_decided_by_id_d836064b" ON "incidents_pauseproposal" ("decided_by_id");

CREATE INDEX "incidents_pauseproposal_engagement_id_8a797393" ON "incidents_pauseproposal" ("engagement_id");

CREATE INDEX "incidents_pauseproposal_hold_id_0c5fd363" ON "incidents_pauseproposal" ("hold_id");

CREATE INDEX "incidents_pauseproposal_proposed_by_id_47aca14e" ON "incidents_pauseproposal" ("proposed_by_id");

CREATE TABLE "incidents_statementofwork" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "scope" text NOT NULL, "because" text NOT NULL CHECK ((JSON_VALID("because") OR "because" IS NULL)), "outside" bool NOT NULL, "waives" bool NOT NULL, "fee_minor" bigint NULL, "currency" varchar(3) NOT NULL, "proposed_at" datetime NOT NULL, "decided_at" datetime NULL, "outcome" varchar(10) NOT NULL, "note" varchar(300) NOT NULL, "decided_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "proposed_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "sow_decided" CHECK ((("decided_at" IS NULL AND "outcome" = '') OR ("decided_at" IS NOT NULL AND NOT ("outcome" = '')))), CONSTRAINT "sow_fee" CHECK (("fee_minor" IS NULL OR "fee_minor" >= 0)), CONSTRAINT "sow_of_an_exception" CHECK (("outside" OR "waives")));

CREATE UNIQUE INDEX "sow_one_at_a_time" ON "incidents_statementofwork" ("engagement_id") WHERE "decided_at" IS NULL;

CREATE INDEX "incidents_statementofwork_decided_by_id_fb00d1cc" ON "incidents_statementofwork" ("decided_by_id");

CREATE INDEX "incidents_statementofwork_engagement_id_473cb3aa" ON "incidents_statementofwork" ("engagement_id");

CREATE INDEX "incidents_statementofwork_proposed_by_id_22b4388f" ON "incidents_statementofwork" ("proposed_by_id");

CREATE TABLE "incidents_reportword" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "word" varchar(64) NOT NULL, "among" integer unsigned NOT NULL CHECK ("among" >= 0), "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "report_word_once" UNIQUE ("engagement_id", "word"));

CREATE INDEX "report_word" ON "incidents_reportword" ("word", "engagement_id");

CREATE TABLE "incidents_creditoverride" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "reason" varchar(300) NOT NULL, "given_at" datetime NOT NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "given_by_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "hold_id" bigint NOT NULL REFERENCES "agreements_credithold" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "credit_override_once" UNIQUE ("engagement_id", "hold_id"));

CREATE INDEX "incidents_creditoverride_engagement_id_19f9dabf" ON "incidents_creditoverride" ("engagement_id");

CREATE INDEX "incidents_creditoverride_given_by_id_341728a9" ON "incidents_creditoverride" ("given_by_id");

CREATE INDEX "incidents_creditoverride_hold_id_77fd4576" ON "incidents_creditoverride" ("hold_id");

CREATE TABLE "incidents_downgradeproposal" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "was" varchar(2) NOT NULL, "becomes" varchar(2) NOT NULL, "change" varchar(30) NOT NULL, "reason" varchar(400) NOT NULL, "proposed_at" datetime NOT NULL, "decided_at" datetime NULL, "outcome" varchar(10) NOT NULL, "note" varchar(300) NOT NULL, "decided_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "proposed_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "downgrade_decided" CHECK ((("decided_at" IS NULL AND "outcome" = '') OR ("decided_at" IS NOT NULL AND NOT ("outcome" = '')))), CONSTRAINT "downgrade_is_lower" CHECK ("becomes" > ("was")));

CREATE UNIQUE INDEX "downgrade_one_at_a_time" ON "incidents_downgradeproposal" ("engagement_id") WHERE "decided_at" IS NULL;

CREATE INDEX "incidents_downgradeproposal_decided_by_id_6455c59d" ON "incidents_downgradeproposal" ("decided_by_id");

CREATE INDEX "incidents_downgradeproposal_engagement_id_8709c593" ON "incidents_downgradeproposal" ("engagement_id");

CREATE INDEX "incidents_downgradeproposal_proposed_by_id_7d40b1a2" ON "incidents_downgradeproposal" ("proposed_by_id");

CREATE TABLE "intake_alertcount" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "told" integer NOT NULL, "repeated" integer NOT NULL, "last_received_at" datetime NOT NULL, "alert_id" bigint NOT NULL UNIQUE REFERENCES "intake_alert" ("id") DEFERRABLE INITIALLY DEFERRED, "returned_at" datetime NULL, "quiet_since" datetime NULL);

CREATE TABLE "intake_alertsource" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(80) NOT NULL, "domain" varchar(20) NOT NULL, "prefix" varchar(12) NOT NULL, "sha256" varchar(64) NOT NULL UNIQUE, "signing_key" varchar(300) NOT NULL, "added_at" datetime NOT NULL, "closed_at" datetime NULL, "added_by_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "client_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, "provider_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, "site_id" bigint NOT NULL REFERENCES "parties_site" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE INDEX "intake_alertsource_added_by_id_d2aa1513" ON "intake_alertsource" ("added_by_id");

CREATE INDEX "intake_alertsource_client_id_382d6c50" ON "intake_alertsource" ("client_id");

CREATE INDEX "intake_alertsource_provider_id_243b119b" ON "intake_alertsource" ("provider_id");

CREATE INDEX "intake_alertsource_site_id_525122b5" ON "intake_alertsource" ("site_id");

CREATE TABLE "intake_delivery" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "body" BLOB NOT NULL, "sha256" varchar(64) NOT NULL, "received_at" datetime NOT NULL, "outcome" varchar(12) NOT NULL, "reason" varchar(300) NOT NULL, "settled_at" datetime NULL, "source_id" bigint NOT NULL REFERENCES "intake_alertsource" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE UNIQUE INDEX "alert_source_name_once" ON "intake_alertsource" ("client_id", "name") WHERE "closed_at" IS NULL;

CREATE INDEX "intake_delivery_source_id_2eb37eb3" ON "intake_delivery" ("source_id");

CREATE INDEX "delivery_again" ON "intake_delivery" ("source_id", "sha256");

CREATE INDEX "delivery_latest" ON "intake_delivery" ("source_id", "received_at");

CREATE TABLE "intake_mailbox" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "address" varchar(120) NOT NULL, "prefix" varchar(12) NOT NULL, "sha256" varchar(64) NOT NULL UNIQUE, "added_at" datetime NOT NULL, "closed_at" datetime NULL, "added_by_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "provider_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE TABLE "intake_mail" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "door" varchar(4) NOT NULL, "origin" varchar(120) NOT NULL, "raw" BLOB NOT NULL, "size" integer NOT NULL, "sha256" varchar(64) NOT NULL, "received_at" datetime NOT NULL, "outcome" varchar(12) NOT NULL, "reason" varchar(300) NOT NULL, "mark" varchar(64) NOT NULL, "message_id" varchar(250) NOT NULL, "sender" varchar(254) NOT NULL, "subject" varchar(160) NOT NULL, "text" text NOT NULL, "dismissed_at" datetime NULL, "dismissal" varchar(300) NOT NULL, "engagement_id" bigint NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "mailbox_id" bigint NOT NULL REFERENCES "intake_mailbox" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE UNIQUE INDEX "mailbox_address_once" ON "intake_mailbox" ("address") WHERE "closed_at" IS NULL;

CREATE INDEX "mail_again" ON "intake_mail" ("mailbox_id", "sha256");

CREATE INDEX "mail_same" ON "intake_mail" ("mailbox_id", "mark");

CREATE INDEX "mail_named" ON "intake_mail" ("mailbox_id", "message_id");

CREATE INDEX "mail_latest" ON "intake_mail" ("mailbox_id", "received_at");

CREATE INDEX "mail_from" ON "intake_mail" ("mailbox_id", "sender", "received_at");

CREATE UNIQUE INDEX "mail_fetched_once" ON "intake_mail" ("mailbox_id", "origin") WHERE NOT ("origin" = '');

CREATE TABLE "intake_maildraft" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "title" varchar(160) NOT NULL, "text" text NOT NULL, "received_at" datetime NOT NULL, "dismissed_at" datetime NULL, "dismissal" varchar(300) NOT NULL, "client_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, "engagement_id" bigint NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "mail_id" bigint NOT NULL UNIQUE REFERENCES "intake_mail" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "provider_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "mail_draft_reported_or_dismissed" CHECK (("engagement_id" IS NULL OR "dismissed_at" IS NULL)));

CREATE INDEX "intake_mailbox_added_by_id_d8e654f0" ON "intake_mailbox" ("added_by_id");

CREATE INDEX "intake_mailbox_provider_id_856fafde" ON "intake_mailbox" ("provider_id");

CREATE INDEX "intake_mail_engagement_id_f9f5aae7" ON "intake_mail" ("engagement_id");

CREATE INDEX "intake_mail_mailbox_id_8928feb5" ON "intake_mail" ("mailbox_id");

CREATE INDEX "intake_maildraft_client_id_d646b114" ON "intake_maildraft" ("client_id");

CREATE INDEX "intake_maildraft_engagement_id_3d6b44d6" ON "intake_maildraft" ("engagement_id");

CREATE INDEX "intake_maildraft_person_id_cce3ca01" ON "intake_maildraft" ("person_id");

CREATE INDEX "intake_maildraft_provider_id_691c40c7" ON "intake_maildraft" ("provider_id");

CREATE INDEX "mail_draft_latest" ON "intake_maildraft" ("provider_id", "received_at");

CREATE TABLE "intake_mailtally" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "door" varchar(4) NOT NULL, "fetched" integer NOT NULL, "refused" integer NOT NULL, "leased_until" datetime NULL, "said" varchar(200) NOT NULL, "said_at" datetime NULL, "mailbox_id" bigint NOT NULL REFERENCES "intake_mailbox" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "mail_tally_once" UNIQUE ("mailbox_id", "door"));

CREATE INDEX "intake_mailtally_mailbox_id_59f23df4" ON "intake_mailtally" ("mailbox_id");

CREATE TABLE "intake_alerttally" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "messages" integer NOT NULL, "unsigned" integer NOT NULL, "replayed" integer NOT NULL, "oversized" integer NOT NULL, "alerts" integer NOT NULL, "unmatched" integer NOT NULL, "source_id" bigint NOT NULL UNIQUE REFERENCES "intake_alertsource" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE TABLE "intake_alert" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "tool" varchar(20) NOT NULL, "fingerprint" varchar(64) NOT NULL, "title" varchar(160) NOT NULL, "text" text NOT NULL, "severity" varchar(10) NOT NULL, "impact" varchar(10) NOT NULL, "host" varchar(160) NOT NULL, "asset_note" varchar(200) NOT NULL, "begun_at" datetime NOT NULL, "begun_note" varchar(200) NOT NULL, "dated" bool NOT NULL, "first_received_at" datetime NOT NULL, "ended_at" datetime NULL, "dismissed_at" datetime NULL, "dismissal" varchar(300) NOT NULL, "asset_id" bigint NULL REFERENCES "assets_asset" ("id") DEFERRABLE INITIALLY DEFERRED, "engagement_id" bigint NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "source_id" bigint NOT NULL REFERENCES "intake_alertsource" ("id") DEFERRABLE INITIALLY DEFERRED, "flaps" integer unsigned NOT NULL CHECK ("flaps" >= 0), CONSTRAINT "alert_reported_or_dismissed" CHECK (("engagement_id" IS NULL OR "dismissed_at" IS NULL)));

CREATE UNIQUE INDEX "alert_lasts_once" ON "intake_alert" ("source_id", "fingerprint") WHERE "ended_at" IS NULL;

CREATE INDEX "intake_alert_asset_id_32640367" ON "intake_alert" ("asset_id");

CREATE INDEX "intake_alert_engagement_id_b4704478" ON "intake_alert" ("engagement_id");

CREATE INDEX "intake_alert_source_id_95900ebc" ON "intake_alert" ("source_id");

CREATE INDEX "alert_latest" ON "intake_alert" ("source_id", "first_received_at");

CREATE INDEX "alert_engagement" ON "intake_alert" ("engagement_id");

CREATE TABLE "liaison_vendorclaim" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "number" varchar(20) NOT NULL, "about" varchar(14) NOT NULL, "canonical" text NOT NULL, "sha256" varchar(64) NOT NULL, "drafted_at" datetime NOT NULL, "case_id" bigint NOT NULL REFERENCES "liaison_vendorcase" ("id") DEFERRABLE INITIALLY DEFERRED, "drafted_by_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE INDEX "liaison_vendorclaim_case_id_94638204" ON "liaison_vendorclaim" ("case_id");

CREATE INDEX "liaison_vendorclaim_drafted_by_id_561f6b80" ON "liaison_vendorclaim" ("drafted_by_id");

CREATE TABLE "liaison_letter" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "number" varchar(20) NOT NULL, "vendor_name" varchar(120) NOT NULL, "scope" varchar(400) NOT NULL, "valid_until" datetime NOT NULL, "canonical" text NOT NULL, "sha256" varchar(64) NOT NULL, "granted_at" datetime NOT NULL, "revoked_at" datetime NULL, "revoke_reason" varchar(400) NOT NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "granted_by_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "revoked_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "signed_copy_id" bigint NULL REFERENCES "kernel_file" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "letter_for_some_time" CHECK ("valid_until" > ("granted_at")), CONSTRAINT "letter_revoked_whole" CHECK ((("revoked_at" IS NULL AND "revoked_by_id" IS NULL) OR ("revoked_at" IS NOT NULL AND "revoked_by_id" IS NOT NULL))));

CREATE INDEX "liaison_letter_engagement_id_8540cabd" ON "liaison_letter" ("engagement_id");

CREATE INDEX "liaison_letter_granted_by_id_5da9e243" ON "liaison_letter" ("granted_by_id");

CREATE INDEX "liaison_letter_revoked_by_id_576b7709" ON "liaison_letter" ("revoked_by_id");

CREATE INDEX "liaison_letter_signed_copy_id_81108652" ON "liaison_letter" ("signed_copy_id");

CREATE TABLE "liaison_vendorcase" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "number" integer unsigned NOT NULL CHECK ("number" >= 0), "vendor_kind" varchar(10) NOT NULL, "vendor_name" varchar(120) NOT NULL, "reference" varchar(80) NOT NULL, "tier" smallint unsigned NOT NULL CHECK ("tier" >= 0), "contact" varchar(160) NOT NULL, "status" varchar(10) NOT NULL, "opened_at" datetime NOT NULL, "noted_at" datetime NOT NULL, "next_contact_at" datetime NULL, "waits_since" datetime NULL, "days" varchar(10) NOT NULL, "hours" text NOT NULL CHECK ((JSON_VALID("hours") OR "hours" IS NULL)), "availability" decimal NULL, "response_minutes" integer unsigned NULL CHECK ("response_minutes" >= 0), "amount_rule" varchar(1000) NOT NULL, "terms_source" varchar(300) NOT NULL, "closed_at" datetime NULL, "result" varchar(12) NOT NULL, "result_text" varchar(2000) NOT NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "vendor_case_number_once" UNIQUE ("engagement_id", "number"), CONSTRAINT "vendor_case_named" CHECK ((NOT ("reference" = '') AND NOT ("vendor_name" = ''))), CONSTRAINT "vendor_case_closed_whole" CHECK ((("closed_at" IS NULL AND "next_contact_at" IS NOT NULL AND "result" = '' AND "status" = 'OPEN') OR ("closed_at" IS NOT NULL AND "next_contact_at" IS NULL AND "status" = 'CLOSED' AND NOT ("result" = '')))));

CREATE INDEX "liaison_vendorcase_engagement_id_88fdb084" ON "liaison_vendorcase" ("engagement_id");

CREATE INDEX "vendor_case_next" ON "liaison_vendorcase" ("next_contact_at") WHERE "status" = 'OPEN';

CREATE TABLE "liaison_vendorcontact" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "number" integer unsigned NOT NULL CHECK ("number" >= 0), "way" varchar(10) NOT NULL, "spoke_with" varchar(120) NOT NULL, "said" text NOT NULL, "answered" bool NOT NULL, "tier" smallint unsigned NOT NULL CHECK ("tier" >= 0), "next_contact_at" datetime NULL, "contacted_at" datetime NOT NULL, "noted_at" datetime NOT NULL, "case_id" bigint NOT NULL REFERENCES "liaison_vendorcase" ("id") DEFERRABLE INITIALLY DEFERRED, "contacted_by_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "letter_id" bigint NULL REFERENCES "liaison_letter" ("id") DEFERRABLE INITIALLY DEFERRED, "corrects_id" bigint NULL UNIQUE REFERENCES "liaison_vendorcontact" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "vendor_contact_number_once" UNIQUE ("case_id", "number"));

CREATE INDEX "liaison_vendorcontact_case_id_26fab7c7" ON "liaison_vendorcontact" ("case_id");

CREATE INDEX "liaison_vendorcontact_contacted_by_id_fcb87e79" ON "liaison_vendorcontact" ("contacted_by_id");

CREATE INDEX "liaison_vendorcontact_letter_id_d6c62c7e" ON "liaison_vendorcontact" ("letter_id");

CREATE TABLE "liaison_vendorpromise" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "what" varchar(300) NOT NULL, "made_at" datetime NOT NULL, "until" datetime NOT NULL, "within_minutes" integer unsigned NULL CHECK ("within_minutes" >= 0), "basis" varchar(8) NOT NULL, "hours" text NOT NULL CHECK ((JSON_VALID("hours") OR "hours" IS NULL)), "kept_at" datetime NULL, "ended_at" datetime NULL, "case_id" bigint NOT NULL REFERENCES "liaison_vendorcase" ("id") DEFERRABLE INITIALLY DEFERRED, "contact_id" bigint NOT NULL REFERENCES "liaison_vendorcontact" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "vendor_promise_ahead" CHECK ("until" > ("made_at")));

CREATE INDEX "liaison_vendorpromise_case_id_9a348c28" ON "liaison_vendorpromise" ("case_id");

CREATE INDEX "liaison_vendorpromise_contact_id_8d886acd" ON "liaison_vendorpromise" ("contact_id");

CREATE TABLE "mfa_authenticator" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "type" varchar(20) NOT NULL, "data" text NOT NULL CHECK ((JSON_VALID("data") OR "data" IS NULL)), "user_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "created_at" datetime NOT NULL, "last_used_at" datetime NULL);

CREATE INDEX "mfa_authenticator_user_id_0c3a50c0" ON "mfa_authenticator" ("user_id");

CREATE UNIQUE INDEX "unique_authenticator_type" ON "mfa_authenticator" ("user_id", "type") WHERE "type" IN ('totp', 'recovery_codes');

CREATE TABLE "outbox_acknowledgement" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "webhook_id" varchar(120) NOT NULL UNIQUE, "sha256" varchar(64) NOT NULL, "received_at" datetime NOT NULL);

CREATE TABLE "outbox_device" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "label" varchar(80) NOT NULL, "endpoint" varchar(1000) NOT NULL, "p256dh" varchar(120) NOT NULL, "auth" varchar(40) NOT NULL, "added_at" datetime NOT NULL, "removed_at" datetime NULL, "person_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE TABLE "outbox_message" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "key" varchar(160) NOT NULL UNIQUE, "public_id" varchar(48) NOT NULL UNIQUE, "channel" varchar(8) NOT NULL, "topic" varchar(80) NOT NULL, "status" varchar(12) NOT NULL, "unsure" smallint NOT NULL, "note" varchar(200) NOT NULL, "begun_at" datetime NOT NULL, "changed_at" datetime NOT NULL, "attempt_id" bigint NULL REFERENCES "approvals_attempt" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE TABLE "outbox_preference" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "chosen" text NOT NULL CHECK ((JSON_VALID("chosen") OR "chosen" IS NULL)), "quiet_from" smallint NULL, "quiet_until" smallint NULL, "zone" varchar(60) NOT NULL, "person_id" bigint NOT NULL UNIQUE REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "preference_quiet_whole" CHECK ((("quiet_from" IS NULL AND "quiet_until" IS NULL) OR ("quiet_from" >= 0 AND "quiet_from" < 1440 AND "quiet_until" >= 0 AND "quiet_until" < 1440))));

CREATE UNIQUE INDEX "device_endpoint_once" ON "outbox_device" ("endpoint") WHERE "removed_at" IS NULL;

CREATE INDEX "outbox_device_person_id_76dc5864" ON "outbox_device" ("person_id");

CREATE INDEX "outbox_message_attempt_id_51eb9e35" ON "outbox_message" ("attempt_id");

CREATE INDEX "outbox_message_person_id_dec7f06b" ON "outbox_message" ("person_id");

CREATE INDEX "message_attempt" ON "outbox_message" ("attempt_id");

CREATE TABLE "parts_supplieroffer" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "wanted" varchar(200) NOT NULL, "part_number" varchar(200) NOT NULL, "supplier" varchar(200) NOT NULL, "condition" varchar(12) NOT NULL, "cost_minor" bigint NOT NULL, "freight_minor" bigint NOT NULL, "currency" varchar(3) NOT NULL, "warranty_days" integer unsigned NOT NULL CHECK ("warranty_days" >= 0), "lead_optimistic" decimal NOT NULL, "lead_likely" decimal NOT NULL, "lead_pessimistic" decimal NOT NULL, "valid_until" datetime NOT NULL, "noted_at" datetime NOT NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "evidence_id" bigint NOT NULL REFERENCES "kernel_file" ("id") DEFERRABLE INITIALLY DEFERRED, "noted_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "supplier_offer_priced" CHECK (("cost_minor" > 0 AND "freight_minor" >= 0)), CONSTRAINT "supplier_offer_lead_in_order" CHECK (("lead_optimistic" >= '0' AND "lead_likely" >= ("lead_optimistic") AND "lead_pessimistic" >= ("lead_likely"))));

CREATE INDEX "parts_supplieroffer_engagement_id_76993a65" ON "parts_supplieroffer" ("engagement_id");

CREATE INDEX "parts_supplieroffer_evidence_id_6a4d57ed" ON "parts_supplieroffer" ("evidence_id");

CREATE INDEX "parts_supplieroffer_noted_by_id_9b4204e6" ON "parts_supplieroffer" ("noted_by_id");

CREATE TABLE "parts_loaner" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "tag" varchar(60) NOT NULL, "description" varchar(200) NOT NULL, "added_at" datetime NOT NULL, "provider_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "loaner_tag_once" UNIQUE ("provider_id", "tag"));

CREATE INDEX "parts_loaner_provider_id_78047624" ON "parts_loaner" ("provider_id");

CREATE TABLE "parts_loan" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "status" varchar(10) NOT NULL, "free_reason" varchar(300) NOT NULL, "offered_at" datetime NOT NULL, "due_at" datetime NOT NULL, "lent_at" datetime NULL, "ended_at" datetime NULL, "condition" varchar(400) NOT NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "loaner_id" bigint NOT NULL REFERENCES "parts_loaner" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "loan_forward" CHECK ("due_at" > ("offered_at")));

CREATE UNIQUE INDEX "loan_one_at_a_time" ON "parts_loan" ("loaner_id") WHERE "status" IN ('OFFERED', 'LENT');

CREATE INDEX "parts_loan_engagement_id_c16d1465" ON "parts_loan" ("engagement_id");

CREATE INDEX "parts_loan_loaner_id_563b0c8a" ON "parts_loan" ("loaner_id");

CREATE TABLE "parts_partorder" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "quote_line" varchar(40) NOT NULL, "unit" integer unsigned NOT NULL CHECK ("unit" >= 0), "part_number" varchar(200) NOT NULL, "description" varchar(200) NOT NULL, "supplier" varchar(200) NOT NULL, "data_bearing" bool NOT NULL, "status" varchar(30) NOT NULL, "serial_received" varchar(80) NOT NULL, "serial_installed" varchar(80) NOT NULL, "serial_removed" varchar(80) NOT NULL, "removed_disposition" varchar(30) NOT NULL, "return_reason" varchar(300) NOT NULL, "ordered_at" datetime NULL, "expected_at" datetime NULL, "received_at" datetime NULL, "installed_at" datetime NULL, "returned_at" datetime NULL, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "carrier" varchar(120) NOT NULL, "claim_reference" varchar(80) NOT NULL, "claim_settled_at" datetime NULL, "claim_settlement" varchar(300) NOT NULL, "claimed_at" datetime NULL, "core_due_at" datetime NULL, "core_settled_at" datetime NULL, "core_shipped_at" datetime NULL, "core_tracking" varchar(120) NOT NULL, "custody" varchar(10) NOT NULL, "custody_at" datetime NULL, "custody_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "custody_reason" varchar(400) NOT NULL, "failed_at" datetime NULL, "fault" text NOT NULL, "fault_evidence_id" bigint NULL REFERENCES "kernel_file" ("id") DEFERRABLE INITIALLY DEFERRED, "inspected_at" datetime NULL, "inspection" varchar(400) NOT NULL, "issued_at" datetime NULL, "issued_to_id" bigint NULL REFERENCES "roster_technician" ("id") DEFERRABLE INITIALLY DEFERRED, "shipped_at" datetime NULL, "tracking" varchar(120) NOT NULL, "needed_at" datetime NULL, "needed_for" varchar(300) NOT NULL, "own_risk_reason" varchar(300) NOT NULL, "reserved_until" datetime NULL, "alternate_for" varchar(200) NOT NULL, "condition" varchar(12) NOT NULL, "replaces_id" bigint NULL UNIQUE REFERENCES "parts_partorder" ("id") DEFERRABLE INITIALLY DEFERRED, "cost_minor" bigint NULL, CONSTRAINT "part_unit_ordered_once" UNIQUE ("engagement_id", "quote_line", "unit"), CONSTRAINT "part_installed_as_received" CHECK ((NOT ("status" IN ('CORE_CREDITED', 'CORE_DUE', 'CORE_RETAINED_BY_CLIENT', 'CORE_SHIPPED', 'FAILED_IN_WARRANTY', 'INSTALLED')) OR ("installed_at" IS NOT NULL AND "serial_installed" = ("serial_received") AND NOT ("serial_installed" = '')))), CONSTRAINT "part_core_released" CHECK ((NOT ("data_bearing" AND "status" IN ('CORE_SHIPPED', 'CORE_CREDITED')) OR "custody" = 'release')), CONSTRAINT "part_ordered_for_somebody" CHECK (("status" IN ('NEEDED', 'QUOTED', 'RESERVED', 'SOURCING') OR ("expected_at" IS NOT NULL AND "ordered_at" IS NOT NULL AND NOT ("supplier" = '') AND NOT ("own_risk_reason" = '' AND "quote_line" = '')))));

CREATE UNIQUE INDEX "part_serial_once" ON "parts_partorder" ("engagement_id", "part_number", "serial_received") WHERE NOT ("serial_received" = '');

CREATE INDEX "parts_partorder_engagement_id_7c737287" ON "parts_partorder" ("engagement_id");

CREATE INDEX "parts_partorder_custody_by_id_ddb169ce" ON "parts_partorder" ("custody_by_id");

CREATE INDEX "parts_partorder_fault_evidence_id_b86581d8" ON "parts_partorder" ("fault_evidence_id");

CREATE INDEX "parts_partorder_issued_to_id_9123a6e0" ON "parts_partorder" ("issued_to_id");

CREATE TABLE "parts_cataloguepart" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "part_number" varchar(200) NOT NULL, "maker" varchar(60) NOT NULL, "description" varchar(200) NOT NULL, "category" varchar(12) NOT NULL, "grades" text NOT NULL CHECK ((JSON_VALID("grades") OR "grades" IS NULL)), "data_bearing" bool NOT NULL, "core_due" bool NOT NULL, "added_at" datetime NOT NULL, "withdrawn_at" datetime NULL, "withdrawn_because" varchar(300) NOT NULL, "provider_id" bigint NOT NULL REFERENCES "parties_organisation" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE TABLE "parts_fit" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "maker" varchar(60) NOT NULL, "model" varchar(120) NOT NULL, "fits" bool NOT NULL, "firmware_from" varchar(120) NOT NULL, "firmware_until" varchar(120) NOT NULL, "basis" varchar(20) NOT NULL, "source" varchar(300) NOT NULL, "noted_at" datetime NOT NULL, "withdrawn_at" datetime NULL, "withdrawn_because" varchar(300) NOT NULL, "part_id" bigint NOT NULL REFERENCES "parts_cataloguepart" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE UNIQUE INDEX "catalogue_part_once" ON "parts_cataloguepart" ("provider_id", "part_number") WHERE "withdrawn_at" IS NULL;

CREATE TABLE "parts_alternate" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "conditions" varchar(300) NOT NULL, "basis" varchar(20) NOT NULL, "source" varchar(300) NOT NULL, "noted_at" datetime NOT NULL, "withdrawn_at" datetime NULL, "withdrawn_because" varchar(300) NOT NULL, "alternate_id" bigint NOT NULL REFERENCES "parts_cataloguepart" ("id") DEFERRABLE INITIALLY DEFERRED, "part_id" bigint NOT NULL REFERENCES "parts_cataloguepart" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "alternate_is_another" CHECK (NOT ("part_id" = ("alternate_id"))));

CREATE INDEX "parts_cataloguepart_provider_id_b58e9121" ON "parts_cataloguepart" ("provider_id");

CREATE INDEX "parts_fit_part_id_4cabef86" ON "parts_fit" ("part_id");

CREATE UNIQUE INDEX "alternate_once" ON "parts_alternate" ("part_id", "alternate_id") WHERE "withdrawn_at" IS NULL;

CREATE INDEX "parts_alternate_alternate_id_fbfaec45" ON "parts_alternate" ("alternate_id");

CREATE INDEX "parts_alternate_part_id_53ffd16a" ON "parts_alternate" ("part_id");

CREATE TABLE "django_session" ("session_key" varchar(40) NOT NULL PRIMARY KEY, "session_data" text NOT NULL, "expire_date" datetime NOT NULL);

CREATE INDEX "django_session_expire_date_a5c62663" ON "django_session" ("expire_date");

CREATE TABLE "socialaccount_socialapp" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "provider" varchar(30) NOT NULL, "name" varchar(40) NOT NULL, "client_id" varchar(191) NOT NULL, "secret" varchar(191) NOT NULL, "key" varchar(191) NOT NULL, "provider_id" varchar(200) NOT NULL, "settings" text NOT NULL CHECK ((JSON_VALID("settings") OR "settings" IS NULL)));

CREATE TABLE "socialaccount_socialtoken" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "token" text NOT NULL, "token_secret" text NOT NULL, "expires_at" datetime NULL, "account_id" integer NOT NULL REFERENCES "socialaccount_socialaccount" ("id") DEFERRABLE INITIALLY DEFERRED, "app_id" integer NULL REFERENCES "socialaccount_socialapp" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE UNIQUE INDEX "socialaccount_socialtoken_app_id_account_id_fca4e0ac_uniq" ON "socialaccount_socialtoken" ("app_id", "account_id");

CREATE INDEX "socialaccount_socialtoken_account_id_951f210e" ON "socialaccount_socialtoken" ("account_id");

CREATE INDEX "socialaccount_socialtoken_app_id_636a42d7" ON "socialaccount_socialtoken" ("app_id");

CREATE TABLE "socialaccount_socialaccount" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "provider" varchar(200) NOT NULL, "uid" varchar(191) NOT NULL, "last_login" datetime NOT NULL, "date_joined" datetime NOT NULL, "user_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "extra_data" text NOT NULL CHECK ((JSON_VALID("extra_data") OR "extra_data" IS NULL)));

CREATE UNIQUE INDEX "socialaccount_socialaccount_provider_uid_fc810c6e_uniq" ON "socialaccount_socialaccount" ("provider", "uid");

CREATE INDEX "socialaccount_socialaccount_user_id_8146e70c" ON "socialaccount_socialaccount" ("user_id");

CREATE TABLE "usersessions_usersession" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "created_at" datetime NOT NULL, "ip" char(39) NOT NULL, "last_seen_at" datetime NOT NULL, "session_key" varchar(40) NOT NULL UNIQUE, "user_agent" varchar(200) NOT NULL, "data" text NOT NULL CHECK ((JSON_VALID("data") OR "data" IS NULL)), "user_id" bigint NOT NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE INDEX "usersessions_usersession_user_id_af5e0a6d" ON "usersessions_usersession" ("user_id");

CREATE TABLE "work_feerestoration" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "cause" text NOT NULL, "done" text NOT NULL, "tests" text NOT NULL CHECK ((JSON_VALID("tests") OR "tests" IS NULL)), "restored_at" datetime NOT NULL, "disputed_at" datetime NULL, "dispute_reason" text NOT NULL, "second_fault_check" text NOT NULL, "disputed_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "engagement_id" bigint NOT NULL REFERENCES "incidents_engagement" ("id") DEFERRABLE INITIALLY DEFERRED, "restored_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED);

CREATE INDEX "work_feerestoration_disputed_by_id_db287a12" ON "work_feerestoration" ("disputed_by_id");

CREATE INDEX "work_feerestoration_engagement_id_38a751e8" ON "work_feerestoration" ("engagement_id");

CREATE INDEX "work_feerestoration_restored_by_id_6f5b4ac1" ON "work_feerestoration" ("restored_by_id");

CREATE TABLE "work_workstep" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "position" integer unsigned NOT NULL CHECK ("position" >= 0), "name" varchar(200) NOT NULL, "minutes" integer unsigned NOT NULL CHECK ("minutes" >= 0), "owner_role" varchar(30) NOT NULL, "mandatory" bool NOT NULL, "takes_image" bool NOT NULL, "point_of_no_return" bool NOT NULL, "evidence_needed" bool NOT NULL, "status" varchar(10) NOT NULL, "started_at" datetime NULL, "done_at" datetime NULL, "result" text NOT NULL, "done_by_id" bigint NULL REFERENCES "parties_person" ("id") DEFERRABLE INITIALLY DEFERRED, "evidence_id" bigint NULL REFERENCES "kernel_file" ("id") DEFERRABLE INITIALLY DEFERRED, "order_id" bigint NOT NULL REFERENCES "work_workorder" ("id") DEFERRABLE INITIALLY DEFERRED, "destroys" bool NOT NULL, CONSTRAINT "work_step_position_once" UNIQUE ("order_id", "position"));

CREATE INDEX "work_workstep_done_by_id_4a7f3c26" ON "work_workstep" ("done_by_id");

CREATE INDEX "work_workstep_evidence_id_bc3c543f" ON "work_workstep" ("evidence_id");

CREATE INDEX "work_workstep_order_id_fea07a88" ON "work_workstep" ("order_id");

INSERT INTO django_migrations (app, name, applied) VALUES ('parties', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('account', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('account', '0002_email_max_length', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('account', '0003_alter_emailaddress_create_unique_verified_email', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('account', '0004_alter_emailaddress_drop_unique_email', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('account', '0005_emailaddress_idx_upper_email', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('account', '0006_emailaddress_lower', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('account', '0007_emailaddress_idx_email', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('account', '0008_emailaddress_unique_primary_email_fixup', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('account', '0009_emailaddress_unique_primary_email', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('accounts', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('kernel', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('kernel', '0002_signs_of_life', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('kernel', '0003_guess', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('roster', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('assets', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('agreements', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('incidents', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('quotes', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('changes', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('work', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('reports', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('parts', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('histories', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('guarantees', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('dispatch', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('diagnosis', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('billing', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('approvals', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('histories', '0002_fence', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('agreements', '0002_withdrawn', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('agreements', '0003_credit_holds', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('agreements', '0004_holiday_notices', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('agreements', '0005_ended_by_notice', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('api', '0001_answers', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('parties', '0002_token', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('parties', '0003_person_sessions_ended', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('incidents', '0002_cancelled_at', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('approvals', '0002_finding_answer', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('approvals', '0003_phone_calls', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('approvals', '0004_purpose_extension', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('quotes', '0002_questions', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('quotes', '0003_change_orders', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('billing', '0002_guard', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('billing', '0003_guard_agreement', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('billing', '0004_guard_change_orders', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('quotes', '0004_shared_savings', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('quotes', '0005_dispositions', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('quotes', '0006_deposits', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('work', '0002_own_cost', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('work', '0003_change_orders', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('work', '0004_recoveries', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('histories', '0003_fence', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('histories', '0004_fence', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('histories', '0005_fence_calls', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('custody', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('histories', '0006_fence_custody', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('histories', '0007_fence_dispositions', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('histories', '0008_fence_recoveries', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('histories', '0009_fence_deposits', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('incidents', '0003_deposit_ends', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('diagnosis', '0002_forensic_extension', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('histories', '0010_fence_extensions', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('diagnosis', '0003_second_opinion', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('diagnosis', '0004_dossier', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('histories', '0011_fence_dossier', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('assets', '0002_covers', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('assets', '0003_own_people', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('contenttypes', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('contenttypes', '0002_remove_content_type_name', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '0002_alter_permission_name_max_length', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '0003_alter_user_email_max_length', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '0004_alter_user_username_opts', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '0005_alter_user_last_login_null', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '0006_require_contenttypes_0002', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '0007_alter_validators_add_error_messages', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '0008_alter_user_username_max_length', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '0009_alter_user_last_name_max_length', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '0010_alter_group_name_max_length', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '0011_update_proxy_permissions', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '0012_alter_user_first_name_max_length', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('quotes', '0007_extension_tranche', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('quotes', '0008_one_version', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('quotes', '0009_deposit_refunds', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('incidents', '0004_merged_into', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('incidents', '0005_past_incidents', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('incidents', '0006_domain_of_the_files', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('incidents', '0007_past_pauses', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('incidents', '0008_vendor_ends', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('incidents', '0009_ladder', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('incidents', '0010_fence', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('diagnosis', '0005_collector', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('quotes', '0010_credit_tranche', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('billing', '0005_guard_dispositions', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('billing', '0006_guard_extensions', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('billing', '0007_credits', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('billing', '0008_guard_credits', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('dispatch', '0002_no_overlap', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('histories', '0012_vendor_papers', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('incidents', '0011_drill_ended_because', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('incidents', '0012_reminders', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('incidents', '0013_statements_of_work', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('incidents', '0014_report_words', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('incidents', '0015_credit_holds', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('incidents', '0016_downgrades', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('intake', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('intake', '0002_fence', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('intake', '0003_domain_of_the_files', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('intake', '0004_mail', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('intake', '0005_mail_fence', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('intake', '0006_alert_tally', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('intake', '0007_tally_fence', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('intake', '0008_flapping', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('liaison', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('liaison', '0002_fence', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('mfa', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('mfa', '0002_authenticator_timestamps', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('mfa', '0003_authenticator_type_uniq', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('outbox', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('outbox', '0002_fence', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('parts', '0002_life_cycle', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('parts', '0003_sourcing', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('parts', '0004_loaners', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('parts', '0005_catalogue', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('roster', '0002_domain_of_the_files', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('sessions', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('socialaccount', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('socialaccount', '0002_token_max_lengths', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('socialaccount', '0003_extra_data_default_dict', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('socialaccount', '0004_app_provider_id_settings', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('socialaccount', '0005_socialtoken_nullable_app', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('socialaccount', '0006_alter_socialaccount_extra_data', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('usersessions', '0001_initial', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('work', '0005_within_fee', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('work', '0006_fence', '');

INSERT INTO django_migrations (app, name, applied) VALUES ('work', '0007_steps_that_destroy', '');
