CREATE TABLE "webhook_deliveries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"webhook_id" uuid NOT NULL,
	"type" text NOT NULL,
	"body" text NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"by_hand" boolean DEFAULT false NOT NULL,
	"next_try" timestamp with time zone DEFAULT now(),
	"claimed_by" uuid,
	"tries" integer DEFAULT 0 NOT NULL,
	"first_try" timestamp with time zone,
	"attempts" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	CONSTRAINT "webhook_deliveries_status_check" CHECK ("webhook_deliveries"."status" in ('pending', 'delivered', 'failed')),
	CONSTRAINT "webhook_deliveries_next_check" CHECK (("webhook_deliveries"."status" = 'pending') = ("webhook_deliveries"."next_try" is not null)),
	CONSTRAINT "webhook_deliveries_finished_check" CHECK (("webhook_deliveries"."status" = 'pending') = ("webhook_deliveries"."finished_at" is null))
);
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"url" text NOT NULL,
	"description" text,
	"events" text[],
	"selection" text,
	"enabled" boolean NOT NULL,
	"disabled_reason" text,
	"secret" text NOT NULL,
	"previous_secret" text,
	"previous_secret_until" timestamp with time zone,
	"position" bigint NOT NULL,
	"failing_since" timestamp with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_by" text,
	CONSTRAINT "webhooks_reason_check" CHECK ("webhooks"."disabled_reason" in ('gone', 'failing', 'selection_invalid', 'changes_gone')),
	CONSTRAINT "webhooks_disabled_check" CHECK ("webhooks"."disabled_reason" is null or not "webhooks"."enabled")
);
--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_webhook_id_webhooks_id_fk" FOREIGN KEY ("webhook_id") REFERENCES "public"."webhooks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_webhook_index" ON "webhook_deliveries" USING btree ("webhook_id","id");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_due_index" ON "webhook_deliveries" USING btree ("webhook_id","next_try") WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX "webhook_deliveries_finished_index" ON "webhook_deliveries" USING btree ("finished_at") WHERE status <> 'pending';--> statement-breakpoint
CREATE INDEX "webhooks_position_index" ON "webhooks" USING btree ("position") WHERE enabled;