ALTER TABLE "agreement_periods" DISABLE ROW LEVEL SECURITY;--> statement-breakpoint
DROP TABLE "agreement_periods" CASCADE;--> statement-breakpoint
ALTER TABLE "agreements" DROP CONSTRAINT "agreements_status_check";--> statement-breakpoint
DROP INDEX "agreements_signed_index";--> statement-breakpoint
DROP INDEX "agreements_title_index";--> statement-breakpoint
DROP INDEX "agreements_updated_index";--> statement-breakpoint
DROP INDEX "agreements_expiry_index";--> statement-breakpoint
ALTER TABLE "agreements" DROP COLUMN "sort_title";--> statement-breakpoint
ALTER TABLE "agreements" DROP COLUMN "signed_key";--> statement-breakpoint
ALTER TABLE "agreements" DROP COLUMN "signed";--> statement-breakpoint
ALTER TABLE "agreements" DROP COLUMN "signed_last";--> statement-breakpoint
ALTER TABLE "agreements" DROP COLUMN "status";--> statement-breakpoint
ALTER TABLE "agreements" DROP COLUMN "in_force";--> statement-breakpoint
ALTER TABLE "agreements" DROP COLUMN "next_expiry";--> statement-breakpoint
ALTER TABLE "agreements" DROP COLUMN "notice_deadline";--> statement-breakpoint
ALTER TABLE "agreements" DROP COLUMN "warnings";