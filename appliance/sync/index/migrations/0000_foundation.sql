CREATE TABLE `block_lists` (
	`content` blob PRIMARY KEY NOT NULL,
	`blocks` blob NOT NULL
);
--> statement-breakpoint
CREATE TABLE `devices` (
	`no` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`name` text DEFAULT '' NOT NULL,
	`client` text DEFAULT '' NOT NULL,
	`addresses` text DEFAULT '[]' NOT NULL,
	`linked` integer DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `devices_id_unique` ON `devices` (`id`);--> statement-breakpoint
CREATE TABLE `former_secrets` (
	`share_no` integer NOT NULL,
	`id` text NOT NULL,
	`secret` text NOT NULL,
	`place` integer NOT NULL,
	PRIMARY KEY(`share_no`, `id`)
);
--> statement-breakpoint
CREATE TABLE `intents` (
	`share_no` integer NOT NULL,
	`path` text NOT NULL,
	`expected` text NOT NULL,
	`archived` text NOT NULL,
	PRIMARY KEY(`share_no`, `path`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `local_entries` (
	`share_no` integer NOT NULL,
	`path` text NOT NULL,
	`type` integer NOT NULL,
	`deleted` integer NOT NULL,
	`size` integer NOT NULL,
	`mode` integer,
	`mtime_ns` text NOT NULL,
	`modified_by` text NOT NULL,
	`version` text NOT NULL,
	`block_bytes` integer NOT NULL,
	`content` blob,
	`link_target` text,
	`signature` blob,
	`sealed` blob,
	`platform` blob,
	`sequence` integer NOT NULL,
	`seen` text NOT NULL,
	`local_only` integer NOT NULL,
	`left_out` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`share_no`, `path`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `local_entries_by_sequence` ON `local_entries` (`share_no`,`sequence`);--> statement-breakpoint
CREATE INDEX `local_entries_by_content` ON `local_entries` (`content`);--> statement-breakpoint
CREATE INDEX `local_entries_changed_here` ON `local_entries` (`share_no`) WHERE local_only = 1;--> statement-breakpoint
CREATE INDEX `local_entries_conflicts` ON `local_entries` (`share_no`,`path`) WHERE instr(path, '.sync-conflict-') > 0;--> statement-breakpoint
CREATE INDEX `local_entries_held` ON `local_entries` (`share_no`,`path`) WHERE substr("local_entries"."seen", -5) = ':held';--> statement-breakpoint
CREATE INDEX `local_entries_on_their_way_out` ON `local_entries` (`share_no`,`path`) WHERE left_out IN (4, 5);--> statement-breakpoint
CREATE TABLE `losses` (
	`share_no` integer NOT NULL,
	`path` text NOT NULL,
	`incoming` integer NOT NULL,
	`gone` integer NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`share_no`, `incoming`, `path`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `needs` (
	`share_no` integer NOT NULL,
	`path` text NOT NULL,
	`rank` integer NOT NULL,
	`size` integer NOT NULL,
	`loss` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`share_no`, `path`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `needs_by_rank` ON `needs` (`share_no`,`rank`,`path`);--> statement-breakpoint
CREATE INDEX `needs_with_loss` ON `needs` (`share_no`,`loss`,`path`) WHERE "needs"."loss" > 0;--> statement-breakpoint
CREATE TABLE `one_time_secrets` (
	`no` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`share_no` integer NOT NULL,
	`token_hash` blob NOT NULL,
	`access` text NOT NULL,
	`made_at` integer NOT NULL,
	`valid_ms` integer NOT NULL,
	`elapsed_ms` integer DEFAULT 0 NOT NULL,
	`seen_at` integer NOT NULL,
	`used_at` integer,
	`used_by` text DEFAULT '' NOT NULL,
	`used_by_name` text DEFAULT '' NOT NULL,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `one_time_secrets_token_hash_unique` ON `one_time_secrets` (`token_hash`);--> statement-breakpoint
CREATE TABLE `remote_entries` (
	`share_no` integer NOT NULL,
	`path` text NOT NULL,
	`type` integer NOT NULL,
	`deleted` integer NOT NULL,
	`size` integer NOT NULL,
	`mode` integer,
	`mtime_ns` text NOT NULL,
	`modified_by` text NOT NULL,
	`version` text NOT NULL,
	`block_bytes` integer NOT NULL,
	`content` blob,
	`link_target` text,
	`signature` blob,
	`sealed` blob,
	`platform` blob,
	`sequence` integer NOT NULL,
	`device_no` integer NOT NULL,
	`invalid` integer NOT NULL,
	PRIMARY KEY(`share_no`, `path`, `device_no`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `remote_entries_by_content` ON `remote_entries` (`content`) WHERE size > block_bytes;--> statement-breakpoint
CREATE TABLE `share_devices` (
	`share_no` integer NOT NULL,
	`device_no` integer NOT NULL,
	`linked` integer NOT NULL,
	`access` text NOT NULL,
	`index_id` text DEFAULT '' NOT NULL,
	`max_sequence` integer DEFAULT 0 NOT NULL,
	`approved` integer DEFAULT true NOT NULL,
	`first_seen_at` integer,
	`last_seen_at` integer,
	`address` text DEFAULT '' NOT NULL,
	PRIMARY KEY(`share_no`, `device_no`)
);
--> statement-breakpoint
CREATE TABLE `share_hosts` (
	`share_no` integer NOT NULL,
	`address` text NOT NULL,
	PRIMARY KEY(`share_no`, `address`)
);
--> statement-breakpoint
CREATE TABLE `share_writers` (
	`share_no` integer NOT NULL,
	`certificate` blob NOT NULL,
	PRIMARY KEY(`share_no`, `certificate`)
);
--> statement-breakpoint
CREATE TABLE `shares` (
	`no` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`path` text NOT NULL,
	`secret` text NOT NULL,
	`paused` integer DEFAULT false NOT NULL,
	`index_id` text NOT NULL,
	`hold_answer` text,
	`let_through` integer DEFAULT 0 NOT NULL,
	`given` text,
	`last_sequence` integer DEFAULT 0 NOT NULL,
	`unfinished` text,
	`source` text DEFAULT '' NOT NULL,
	`rotation` blob,
	`withheld` text DEFAULT '[]' NOT NULL,
	`life_mark` text,
	`next_life_mark` text,
	`choice` text DEFAULT '{"only":[],"skip":[]}' NOT NULL,
	`scope` text,
	`archive_clock` text DEFAULT '[]' NOT NULL,
	`settings` text DEFAULT '{}' NOT NULL,
	`scrub` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `shares_id_unique` ON `shares` (`id`);