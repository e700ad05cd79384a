CREATE TABLE `panel_sessions` (
	`id_hash` text PRIMARY KEY NOT NULL,
	`created_at` integer NOT NULL,
	`seen_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`confirmed_at` integer NOT NULL,
	`address` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `panel_settings` (
	`id` integer PRIMARY KEY NOT NULL,
	`password_hash` text,
	`device_name` text,
	`language` text,
	`claimed_at` integer,
	`claimed_from` text
);
