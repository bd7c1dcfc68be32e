-- In the order in which editors lock them.
LOCK TABLE "agreements", "agreement_due" IN ACCESS EXCLUSIVE MODE;
--> statement-breakpoint
ALTER TABLE "agreement_due" DROP CONSTRAINT "agreement_due_kind_check";--> statement-breakpoint
ALTER TABLE "agreement_due" DROP CONSTRAINT "agreement_due_every_check";--> statement-breakpoint
ALTER TABLE "agreements" DROP CONSTRAINT "agreements_renewal_check";--> statement-breakpoint
ALTER TABLE "agreement_due" ADD COLUMN "days" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "agreement_due" ADD COLUMN "every_days" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "agreement_due" ADD COLUMN "back_days" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "agreements" ADD COLUMN "entry_into_force" json;--> statement-breakpoint
ALTER TABLE "agreements" ADD COLUMN "term" json;--> statement-breakpoint
-- As `withDurations` converts the documents. The whole table is written anew, so that it holds no old rows.
ALTER TABLE "agreements" ALTER COLUMN "term" SET DATA TYPE json USING CASE WHEN "term_renewal" IS NOT NULL THEN json_build_object(
  'runsFrom', 'entry_into_force',
  'length', 'P' || "term_months" || 'M',
  'lastDay', NULL,
  'atEnd', CASE "term_renewal" WHEN 'none' THEN 'ends' WHEN 'tacit' THEN 'renews' WHEN 'express' THEN 'extended_if_agreed' ELSE 'open_ended' END,
  'renewal', CASE WHEN "term_renewal_months" IS NOT NULL OR ("term_renewal" = 'tacit' AND "term_notice_months" IS NOT NULL)
    THEN json_build_object(
      'length', 'P' || "term_renewal_months" || 'M',
      'most', NULL,
      'notice', CASE WHEN "term_renewal" = 'tacit' THEN 'P' || "term_notice_months" || 'M' END) END,
  'exit', CASE WHEN "term_renewal" <> 'tacit' AND "term_notice_months" IS NOT NULL
    THEN json_build_object('notice', 'P' || "term_notice_months" || 'M', 'from', 'any', 'takesEffect', 'at_once') END,
  'sunset', NULL) END;--> statement-breakpoint
ALTER TABLE "agreement_due" DROP COLUMN "month";--> statement-breakpoint
ALTER TABLE "agreements" DROP COLUMN "term_months";--> statement-breakpoint
ALTER TABLE "agreements" DROP COLUMN "term_renewal";--> statement-breakpoint
ALTER TABLE "agreements" DROP COLUMN "term_renewal_months";--> statement-breakpoint
ALTER TABLE "agreements" DROP COLUMN "term_notice_months";--> statement-breakpoint
ALTER TABLE "agreement_due" ADD CONSTRAINT "agreement_due_kind_check" CHECK ("agreement_due"."kind" in ('expiry', 'renewal', 'notice', 'minimum_term', 'sunset'));--> statement-breakpoint
ALTER TABLE "agreement_due" ADD CONSTRAINT "agreement_due_every_check" CHECK ("agreement_due"."every" + "agreement_due"."every_days" >= 1);--> statement-breakpoint
ALTER TABLE "agreements" ADD CONSTRAINT "agreements_term_check" CHECK ("agreements"."term" ->> 'atEnd' in ('ends', 'renews', 'extended_if_agreed', 'open_ended'));--> statement-breakpoint
ALTER TABLE "agreements" ADD CONSTRAINT "agreements_entry_check" CHECK ("agreements"."entry_into_force" ->> 'on' in ('signature', 'notes_exchanged', 'last_notification', 'last_ratification'));